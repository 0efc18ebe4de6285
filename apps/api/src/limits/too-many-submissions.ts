import { RequestProblem } from '../problems/problem.js';
import { rateHeaders, wholeSeconds } from './rate-headers.js';

/** The quota allows the tenant so many submissions a minute, and this minute has had them. */
export function tooManySubmissions(limit: number, resetMs: number): RequestProblem {
  const seconds = wholeSeconds(resetMs);
  return new RequestProblem({
    status: 429,
    code: 'TOO_MANY_SUBMISSIONS',
    title: 'Too many submissions in this minute',
    detail: `The quota is ${limit} a minute. Nothing was recorded; try again in ${seconds} s.`,
    headers: { ...rateHeaders(limit, limit, resetMs), 'retry-after': String(seconds) },
    extensions: { quota: 'submissionsPerMinute', limit },
  });
}
