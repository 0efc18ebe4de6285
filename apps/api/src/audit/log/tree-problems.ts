import { RequestProblem } from '../../problems/problem.js';

/** A worker signs a head every few seconds while the log grows, so it is worth coming back soon. */
const HEAD_RETRY_SECONDS = 5;
/** A whole recomputation takes seconds to minutes. */
const VERIFY_RETRY_SECONDS = 10;

/** Nothing was signed yet: the log is new, or no worker has the key. */
export function noTreeHead(): RequestProblem {
  return new RequestProblem({
    status: 404,
    code: 'NO_TREE_HEAD',
    title: 'No tree head has been signed yet',
    detail:
      'A worker signs the first one within seconds of the first events. If none comes, look at the tree in its health and metrics.',
    headers: { 'retry-after': String(HEAD_RETRY_SECONDS) },
  });
}

/** No head of exactly that size was signed; which others there are is said. */
export function treeHeadNotFound(size: number, others: string): RequestProblem {
  return new RequestProblem({
    status: 404,
    code: 'TREE_HEAD_NOT_FOUND',
    title: 'No tree head of this size was signed',
    detail: `Heads are signed every few seconds, not for each event. There is none of size ${size}; ${others}.`,
  });
}

/** The log may hold it already, but the newest head does not cover it. */
export function notSignedYet(what: string, signedSize: number, logSize: number): RequestProblem {
  return new RequestProblem({
    status: 404,
    code: 'NOT_SIGNED_YET',
    title: 'The signed tree does not reach so far',
    detail: `${what} lies beyond the newest tree head, which covers ${signedSize} events; the log has ${logSize}. Heads trail the log by seconds.`,
    headers: { 'retry-after': String(HEAD_RETRY_SECONDS) },
  });
}

/** The tree that is stored lacks hashes that its own head covers. */
export function treeDamaged(detail: string): RequestProblem {
  return new RequestProblem({
    status: 500,
    code: 'TREE_DAMAGED',
    title: 'The stored tree is damaged',
    detail: `${detail}. Verify the log against a tree head that was kept elsewhere.`,
  });
}

/** This api was not told which keys sign tree heads. */
export function noVerifierKeys(): RequestProblem {
  return new RequestProblem({
    status: 404,
    code: 'VERIFIER_KEYS_NOT_FOUND',
    title: 'The api knows no verifier keys',
    detail: 'TREE_HEAD_VERIFIER_KEYS_FILE is not set where the api runs.',
  });
}

/** The file of verifier keys was read at the start of the process, but not now. */
export function verifierKeysUnreadable(): RequestProblem {
  return new RequestProblem({
    status: 503,
    code: 'VERIFIER_KEYS_UNREADABLE',
    title: 'The verifier keys cannot be read right now',
    detail: 'The file that TREE_HEAD_VERIFIER_KEYS_FILE names is missing or damaged.',
    headers: { 'retry-after': String(HEAD_RETRY_SECONDS) },
  });
}

export function alreadyVerifying(): RequestProblem {
  return new RequestProblem({
    status: 409,
    code: 'VERIFICATION_RUNNING',
    title: 'The log is being verified already',
    detail: 'One verification at a time: it reads the whole log. Try again when it has ended.',
    headers: { 'retry-after': String(VERIFY_RETRY_SECONDS) },
  });
}

/** The process is told to stop while it verifies; another one can do it. */
export function verificationStopped(): RequestProblem {
  return new RequestProblem({
    status: 503,
    code: 'STOPPING',
    title: 'The service is stopping',
    detail: 'The verification was ended before it came to a result. Try again.',
    // A server that stops waits for connections that are kept alive, so this one is not.
    headers: { 'retry-after': '1', connection: 'close' },
  });
}

/** The connection was closed while the log was read; nobody hears this, and it is no fault of ours. */
export function callerGone(): RequestProblem {
  return new RequestProblem({
    status: 408,
    code: 'CALLER_GONE',
    title: 'The caller did not wait for the result',
  });
}
