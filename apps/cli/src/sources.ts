import { setTimeout as sleep } from 'node:timers/promises';
import type { Credential } from './credentials/credential.js';
import { ApiClient } from './http/api-client.js';
import type { RetryPlan } from './http/retry-plan.js';
import { createSend } from './http/send.js';

/** The real clock: it only goes forward, so that no change of the wall clock ends a wait early. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** A client of the real network. */
export function openClient(
  url: string,
  credential: Credential,
  plan: RetryPlan,
  waiting: (url: string) => void = () => undefined,
): ApiClient {
  const send = createSend(url, plan, { fetch, nowMs, random: Math.random, sleep, waiting });
  return new ApiClient(send, credential, nowMs);
}

export { sleep };
