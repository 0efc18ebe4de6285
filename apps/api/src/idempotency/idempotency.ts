import { hash } from 'node:crypto';
import {
  AlreadyAnswered,
  type Appended,
  canonicalJson,
  type EventLog,
  type IdempotentAnswer,
} from '@bulkhead/event-store';
import { RequestProblem } from '../problems/problem.js';
import { idempotencyKeyReused } from '../problems/problems.js';

/** A creating request that named a key: a repetition gets the first answer again. */
export interface IdempotentRequest {
  readonly scope: string;
  readonly route: string;
  readonly key: string;
  readonly requestSha256: string;
}

/** What a creating route answers the first time. */
export interface FirstAnswer<B = unknown> {
  readonly status: number;
  readonly body: B;
  /** Of this answer alone: a repetition does not get them again. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a creating command came to. */
export interface Created<B = unknown> extends FirstAnswer<B> {
  /** Null where nothing was recorded, and so no answer with it: what was asked for was there already. */
  readonly appended: Appended | null;
}

/** What a creating route answers, the first time or again. */
export interface Answer<B = unknown> extends FirstAnswer<B> {
  readonly replayed: boolean;
}

/** The row that is stored in the same append as the events, so that both exist or neither does. */
export function rememberedAnswer(
  request: IdempotentRequest | null,
  status: number,
  body: unknown,
): { idempotentAnswer?: IdempotentAnswer } {
  return request === null ? {} : { idempotentAnswer: { status, body, ...request } };
}

/**
 * Runs a creating command; where its key was used before, the first answer comes back instead. The append
 * looks for one, so that what succeeds costs nothing more; what is refused, or finds nothing left to record,
 * never came to its append and is looked up here: what it needed may be gone only since the first time.
 */
export async function answerOnce<B>(
  log: Pick<EventLog, 'findAnswer'>,
  request: IdempotentRequest | null,
  create: () => Promise<Created<B>>,
): Promise<Answer<B>> {
  try {
    const { appended, ...first } = await create();
    if (appended === null) await givenBefore(log, request);
    return { ...first, replayed: false };
  } catch (error) {
    const earlier = request === null ? null : await answeredBefore(log, request, error);
    if (earlier === null) throw error;
    if (earlier.requestSha256 !== request?.requestSha256) throw idempotencyKeyReused();
    return { status: earlier.status, body: earlier.body as B, replayed: true };
  }
}

async function answeredBefore(
  log: Pick<EventLog, 'findAnswer'>,
  { scope, route, key }: IdempotentRequest,
  error: unknown,
): Promise<IdempotentAnswer | null> {
  if (error instanceof AlreadyAnswered) return error.earlier;
  return isRefusal(error) ? log.findAnswer(scope, route, key) : null;
}

/** Not what comes too often: that is to cost little, and `SubmissionAdmission` looks before it counts. */
function isRefusal(error: unknown): boolean {
  return error instanceof RequestProblem && error.facts.status < 500 && error.facts.status !== 429;
}

/**
 * For what a repetition must not do twice before it is appended or refused: the first answer comes first.
 * @throws AlreadyAnswered
 */
export async function givenBefore(
  log: Pick<EventLog, 'findAnswer'>,
  request: IdempotentRequest | null,
): Promise<void> {
  if (request === null) return;
  const { scope, route, key } = request;
  const earlier = await log.findAnswer(scope, route, key);
  if (earlier !== null) throw new AlreadyAnswered(earlier);
}

/** Equal for bodies that mean the same: what was validated is hashed, in canonical form. */
export function requestHash(body: unknown): string {
  return hash('sha256', body === undefined ? '' : canonicalJson(body), 'hex');
}
