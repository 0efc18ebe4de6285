import { setTimeout as sleep } from 'node:timers/promises';
import type { Credential } from './credentials/credential.js';
import { ApiClient } from './http/api-client.js';
import type { RetryPlan } from './http/retry-plan.js';
import { createSend, type SendSources } from './http/send.js';
import { StreamClient } from './http/stream-client.js';
import { TokenSource } from './http/token-source.js';

/** The real clock: it only goes forward, so that no change of the wall clock ends a wait early. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** Who is told that a request takes long, and what ends it before its time. */
type Waiting = {
  readonly [Name in 'waiting' | 'signal']?: SendSources[Name] | undefined;
};
/** And what a refusal says that depends on who asks. */
type Asking = Waiting & { readonly askedAs?: string };

/** A client of the real network. */
export function openClient(
  url: string,
  credential: Credential,
  plan: RetryPlan,
  { waiting, signal, askedAs }: Asking = {},
): ApiClient {
  const send = createSend(url, plan, realSources({ waiting, signal }));
  return new ApiClient(send, credential, nowMs, askedAs);
}

/** The same for event streams. */
export function openStreams(
  url: string,
  credential: Credential,
  plan: RetryPlan,
  waits: Waiting = {},
): StreamClient {
  const sources = realSources(waits);
  // Opening the stream is tried again as a whole: tries of its own would have patience of their own.
  const once = createSend(url, { ...plan, totalMs: 0 }, sources);
  const tokens = new TokenSource(once, credential, nowMs);
  return new StreamClient(url, tokens, plan, sources);
}

function realSources({ waiting, signal }: Waiting): SendSources {
  return {
    ...{ fetch, nowMs, random: Math.random },
    sleep: (ms) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    ...(waiting === undefined ? {} : { waiting }),
    ...(signal === undefined ? {} : { signal }),
  };
}

export { sleep };
