import { setTimeout as sleep } from 'node:timers/promises';
import type { Credential } from './credentials/credential.js';
import { ApiClient } from './http/api-client.js';
import type { RetryPlan } from './http/retry-plan.js';
import { createSend, type SendSources } from './http/send.js';

/** The real clock: it only goes forward, so that no change of the wall clock ends a wait early. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** Who is told that a request takes long, and what ends it before its time. */
type Waiting = Partial<Pick<SendSources, 'waiting' | 'signal'>>;

/** A client of the real network. */
export function openClient(
  url: string,
  credential: Credential,
  plan: RetryPlan,
  { waiting, signal }: Waiting = {},
): ApiClient {
  const send = createSend(url, plan, {
    ...{ fetch, nowMs, random: Math.random },
    sleep: (ms) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    ...(waiting === undefined ? {} : { waiting }),
    ...(signal === undefined ? {} : { signal }),
  });
  return new ApiClient(send, credential, nowMs);
}

export { sleep };
