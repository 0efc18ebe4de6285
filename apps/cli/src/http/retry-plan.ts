/** How long and how patiently a request is tried again. */
export interface RetryPlan {
  /** From the first try on; no new try begins after it. */
  readonly totalMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** A request that hangs is tried again after this. */
  readonly requestTimeoutMs: number;
}

/** Longer than any answer takes. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A request has at least so long, however little patience there is. */
const REQUEST_TIMEOUT_MIN_MS = 1_000;

/** For a command that someone waits for. */
export const SHORT_RETRIES: RetryPlan = {
  totalMs: 8_000,
  firstDelayMs: 100,
  maxDelayMs: 1_000,
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
};
/** For a command that follows what goes on without it, and outlives the restart of an api, which takes some ten seconds. */
export const FOLLOW_RETRIES: RetryPlan = { ...SHORT_RETRIES, totalMs: 60_000 };
/** For a command that reads for minutes, and is not to begin anew because an api was started again. */
export const READ_RETRIES: RetryPlan = { ...SHORT_RETRIES, totalMs: 30_000 };
/** For an import, which outlives the restart of an api. */
export const LONG_RETRIES: RetryPlan = {
  ...SHORT_RETRIES,
  totalMs: 120_000,
  maxDelayMs: 2_000,
};

/** The plan with the patience that somebody asked for, in seconds; 0 tries once. */
export function givingUpAfter(plan: RetryPlan, seconds: number | undefined): RetryPlan {
  if (seconds === undefined) return plan;
  const totalMs = seconds * 1_000;
  const requestTimeoutMs = Math.max(
    Math.min(plan.requestTimeoutMs, totalMs),
    REQUEST_TIMEOUT_MIN_MS,
  );
  return { ...plan, totalMs, requestTimeoutMs };
}

const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const CONFLICT = 409;
/** A server that asks for more patience than this is asked again after this. */
const MAX_RETRY_AFTER_MS = 30_000;

/** Answers that mean "not now". A conflict is one where the server says when to come back. */
export function isPassing(status: number, headers: Headers): boolean {
  return RETRIED_STATUSES.has(status) || (status === CONFLICT && headers.has('retry-after'));
}

/**
 * How long to wait before try number `tries + 1`: at least what the server asked for, else doubling up to
 * the bound, with chance taking up to half of it away so that many clients do not come back together.
 */
export function retryDelayMs(
  plan: RetryPlan,
  tries: number,
  retryAfterMs: number | null,
  random: () => number,
): number {
  const grown = Math.min(plan.firstDelayMs * 2 ** Math.min(tries - 1, 20), plan.maxDelayMs);
  const delayMs = grown * (1 - random() / 2);
  return Math.min(Math.max(delayMs, retryAfterMs ?? 0), Math.max(MAX_RETRY_AFTER_MS, delayMs));
}

/** `Retry-After` as seconds or as a date; null where it is absent or makes no sense. */
export function readRetryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
