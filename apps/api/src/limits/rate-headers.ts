const WINDOW_SECONDS = 60;
const MS_PER_SECOND = 1_000;

export type RateHeaders = Readonly<Record<string, string>>;

/** `RateLimit-*` of a tenant that has submitted so often in the minute that ends in `resetMs`. */
export function rateHeaders(limit: number, submissions: number, resetMs: number): RateHeaders {
  return {
    'ratelimit-policy': `${limit};w=${WINDOW_SECONDS}`,
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(Math.max(0, limit - submissions)),
    'ratelimit-reset': String(wholeSeconds(resetMs)),
  };
}

/** Rounded up, so that whoever waits so long does not come too soon. */
export function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / MS_PER_SECOND));
}

/** For the OpenAPI document: of answers to submissions, where the tenant's quota has that limit. */
export const RATE_HEADERS_IN_ANSWER = {
  'RateLimit-Limit': headerOf('Submissions that the quota allows in a minute.'),
  'RateLimit-Remaining': headerOf('Those that are left of this minute.'),
  'RateLimit-Reset': headerOf('Seconds until the next minute begins.'),
  'RateLimit-Policy': headerOf('The limit and its window in seconds.'),
} as const;

function headerOf(description: string) {
  return { description, schema: { type: 'string' } } as const;
}
