/** From one try of a message to the next. After the last one it is given up: ten tries in about 28 hours. */
export const RETRY_PAUSES_MS = [
  5_000,
  30_000,
  2 * 60_000,
  10 * 60_000,
  30 * 60_000,
  60 * 60_000,
  3 * 60 * 60_000,
  8 * 60 * 60_000,
  15 * 60 * 60_000,
] as const;

/** So much of a pause is left to chance, so that what failed together does not come back together. */
const JITTER = 0.2;
/** A receiver that asks for more patience than this is asked again after this. */
const RETRY_AFTER_MAX_MS = 60 * 60_000;

/**
 * How long to wait after so many failed tries; null where the message is given up.
 *
 * @param chance from 0 up to 1
 * @param retryAfterMs what the receiver asked for
 */
export function pauseAfter(
  tries: number,
  chance: number,
  retryAfterMs: number | null = null,
): number | null {
  const pauseMs = RETRY_PAUSES_MS[tries - 1];
  if (pauseMs === undefined) return null;
  const spreadMs = Math.round(pauseMs * (1 - JITTER + 2 * JITTER * chance));
  return Math.max(spreadMs, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS));
}
