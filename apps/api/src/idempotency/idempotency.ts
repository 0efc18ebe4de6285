import { hash } from 'node:crypto';
import {
  AlreadyAnswered,
  canonicalJson,
  type EventLog,
  type IdempotentAnswer,
} from '@bulkhead/event-store';
import { idempotencyKeyReused } from '../problems/problems.js';

/** A creating request that named a key: a repetition gets the first answer again. */
export interface IdempotentRequest {
  readonly scope: string;
  readonly route: string;
  readonly key: string;
  readonly requestSha256: string;
}

/** What a creating route answers, the first time or again. */
export interface Answer<B = unknown> {
  readonly status: number;
  readonly body: B;
  readonly replayed: boolean;
  /** Of this answer alone: a repetition does not get them again. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The row that is stored in the same append as the events, so that both exist or neither does. */
export function rememberedAnswer(
  request: IdempotentRequest | null,
  status: number,
  body: unknown,
): { idempotentAnswer?: IdempotentAnswer } {
  return request === null ? {} : { idempotentAnswer: { status, body, ...request } };
}

/** Runs a creating command; where its key was used before, the first answer comes back instead. */
export async function answerOnce<B>(
  request: IdempotentRequest | null,
  create: () => Promise<Answer<B>>,
): Promise<Answer<B>> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof AlreadyAnswered) || request === null) throw error;
    const { earlier } = error;
    if (earlier.requestSha256 !== request.requestSha256) throw idempotencyKeyReused();
    return { status: earlier.status, body: earlier.body as B, replayed: true };
  }
}

/**
 * Lets the first answer go before a refusal of what would not be refused had it not been done already.
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
