import type { Clock, TimeMs } from '@bulkhead/domain';
import { AlreadyAnswered, ANSWER_KEPT_MS, type IdempotentAnswer } from '../log/event-log.js';

type Key = Pick<IdempotentAnswer, 'scope' | 'route' | 'key'>;

interface KeptAnswer {
  readonly answer: IdempotentAnswer;
  readonly answeredAtMs: TimeMs;
}

/** The answers of requests, each for 24 hours. */
export class AnswersInMemory {
  private readonly answers = new Map<string, KeptAnswer>();

  constructor(private readonly clock: Clock) {}

  find(key: Key): IdempotentAnswer | null {
    const kept = this.answers.get(textOf(key));
    if (kept === undefined || kept.answeredAtMs <= this.clock() - ANSWER_KEPT_MS) return null;
    return kept.answer;
  }

  /** @throws AlreadyAnswered */
  refuseAnswered(answer: IdempotentAnswer | undefined): void {
    const earlier = answer === undefined ? null : this.find(answer);
    if (earlier !== null) throw new AlreadyAnswered(earlier);
  }

  keep(answer: IdempotentAnswer, answeredAtMs: TimeMs): void {
    this.answers.set(textOf(answer), { answer, answeredAtMs });
  }
}

function textOf({ scope, route, key }: Key): string {
  return JSON.stringify([scope, route, key]);
}
