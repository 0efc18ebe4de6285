import type { Rejection } from '@bulkhead/domain';
import { type ProblemErrors, RequestProblem } from './problem.js';
import { type AnyRejectionCode, statusOfRejection } from './status-of-rejection.js';

/** More than this many problems of one request are counted and not listed. */
export const ERRORS_LISTED_MAX = 100;
/** How long a client should wait before it tries again, where nothing better is known. */
const RETRY_AFTER_SECONDS = 1;

/**
 * The request itself is wrong; every problem is listed at once, up to a bound. `count` is how many
 * there are where the caller stopped describing them.
 */
export function invalidRequest(errors: ProblemErrors, count = errors.length): RequestProblem {
  const listed = errors.slice(0, ERRORS_LISTED_MAX);
  const more = count > listed.length ? ` The first ${listed.length} are listed.` : '';
  return new RequestProblem({
    status: 400,
    code: 'VALIDATION_FAILED',
    title: 'The request is not valid',
    detail: `${countOf(count)}${more}`,
    errors: listed,
  });
}

function countOf(problems: number): string {
  return `The request has ${problems} problem${problems === 1 ? '' : 's'}.`;
}

export function malformedJson(detail: string): RequestProblem {
  return new RequestProblem({
    status: 400,
    code: 'MALFORMED_JSON',
    title: 'The body is not JSON',
    detail,
  });
}

export function badCursor(): RequestProblem {
  return new RequestProblem({
    status: 400,
    code: 'BAD_CURSOR',
    title: 'The cursor is not one of this list',
    detail: 'Use the nextCursor of an answer of the same list with the same filters, unchanged.',
    errors: [{ parameter: 'cursor', detail: 'is not a cursor of this list' }],
  });
}

export function badConsistencyToken(): RequestProblem {
  return new RequestProblem({
    status: 400,
    code: 'BAD_CONSISTENCY_TOKEN',
    title: 'The consistency token is not one of yours',
    detail: 'Use the Bulkhead-Consistency-Token of an answer that you were given, unchanged.',
    errors: [
      { parameter: 'Bulkhead-Consistency-Token', detail: 'was not made by this service for you' },
    ],
  });
}

/** What a stream is to go on after is an id that this stream has sent. */
export function badStreamId(): RequestProblem {
  return new RequestProblem({
    status: 400,
    code: 'BAD_STREAM_ID',
    title: 'The id is not one of this stream',
    detail: 'Send the id of the last event that this stream gave you, unchanged, or none.',
    errors: [{ parameter: 'Last-Event-ID', detail: 'is not an id of this stream' }],
  });
}

/** A list did not come as far as the token asks for. What was recorded is safe; only the list trails. */
export function consistencyTimeout(timeoutMs: number): RequestProblem {
  return new RequestProblem({
    status: 504,
    code: 'CONSISTENCY_TIMEOUT',
    title: 'The list trails behind what the token asks for',
    detail: `It did not catch up within ${timeoutMs} ms. Try again, or read without the token.`,
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}

/**
 * The same for what does not exist and for what belongs to someone else. `known` are the names that there
 * are, where they are few and no secret of anybody's.
 */
export function notFound(what: string, known: readonly string[] = []): RequestProblem {
  return new RequestProblem({
    status: 404,
    code: `${what.toUpperCase().replaceAll(' ', '_')}_NOT_FOUND`,
    title: `There is no such ${what}`,
    ...(known.length === 0 ? {} : { detail: `There are ${known.join(', ')}.` }),
  });
}

/** The one that an operator means, of a few that are no secret. @throws RequestProblem that says which there are */
export function named<Thing extends { readonly name: string }>(
  what: string,
  name: string,
  things: readonly Thing[],
): Thing {
  const found = things.find((thing) => thing.name === name);
  if (found !== undefined) return found;
  const names = things.map((thing) => thing.name).sort();
  throw notFound(what, names);
}

/** The token is missing, wrong, expired or revoked; which of these is not told. */
export function unauthenticated(presented: boolean): RequestProblem {
  const challenge = presented ? 'Bearer error="invalid_token"' : 'Bearer';
  return new RequestProblem({
    status: 401,
    code: 'UNAUTHENTICATED',
    title: 'A valid access token is needed',
    detail: 'Get a token from POST /oauth/token and send it as Authorization: Bearer.',
    headers: { 'www-authenticate': challenge },
  });
}

export function forbidden(scopes: readonly string[]): RequestProblem {
  const needed = scopes.join(' ');
  return new RequestProblem({
    status: 403,
    code: 'INSUFFICIENT_SCOPE',
    title: 'The token does not allow this',
    detail: `This needs the scope ${needed}.`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${needed}"` },
  });
}

/** The caller is known, but an operator has stopped it for the time being. */
export function tenantSuspended(): RequestProblem {
  return new RequestProblem({
    status: 403,
    code: 'TENANT_SUSPENDED',
    title: 'The tenant is suspended',
    detail:
      'Nothing can be submitted until an operator reinstates the tenant. Nothing was recorded.',
  });
}

export function idempotencyKeyReused(): RequestProblem {
  return new RequestProblem({
    status: 422,
    code: 'IDEMPOTENCY_KEY_REUSED',
    title: 'The idempotency key was used with another request',
    detail: 'Use a new Idempotency-Key for a new request.',
  });
}

/** Nothing is wrong with the request; the same one may succeed soon. */
export function unavailable(
  code: string,
  detail: string,
  retryAfterSeconds = RETRY_AFTER_SECONDS,
): RequestProblem {
  return new RequestProblem({
    status: 503,
    code,
    title: 'The service cannot answer right now',
    detail,
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}

/** What was asked for and what others did at the same time did not fit together, three times over. */
export function conflict(): RequestProblem {
  return new RequestProblem({
    status: 409,
    code: 'CONFLICT',
    title: 'Others changed the same thing at the same time',
    detail: 'Nothing was recorded. Try again.',
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}

/** A command that the domain turned down without recording anything. */
export function rejected(
  rejection: Omit<Rejection, 'code'> & { readonly code: AnyRejectionCode },
): RequestProblem {
  const { code, detail, problems } = rejection;
  const status = statusOfRejection[code];
  if (status === 404) return notFound(code.replace(/_NOT_FOUND$/, '').toLowerCase());
  const title = 'The command was turned down';
  if (problems === undefined) return new RequestProblem({ status, code, title, detail });
  const errors = problems.slice(0, ERRORS_LISTED_MAX);
  return new RequestProblem({ status, code, title, detail: countOf(problems.length), errors });
}
