import { setTimeout as sleep } from 'node:timers/promises';

/** Asking takes of the cores that those who are to become healthy need for loading. */
const POLL_MS = 100;
const REQUEST_TIMEOUT_MS = 2_000;
const SHOWN_BODY_CHARACTERS = 400;

/**
 * Waits until a health route answers 200. Past the time-out the error says what the route
 * answered last; an abort (the process ended, or the launcher stops) ends the waiting at once.
 */
export async function untilHealthy(
  url: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  let last = 'nothing';
  while (performance.now() < giveUpAt) {
    signal.throwIfAborted();
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      if (response.ok) return;
      last = `${response.status} ${(await response.text()).slice(0, SHOWN_BODY_CHARACTERS)}`;
    } catch (error) {
      last = describe(error);
    }
    await sleep(POLL_MS);
  }
  throw new Error(`${url} was not healthy within ${timeoutMs} ms. Its last answer: ${last}`);
}

function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
