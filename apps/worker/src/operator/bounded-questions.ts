import type { Timers } from '../timers.js';

/** Whoever probes a process gives it about five seconds. */
export const ANSWERED_WITHIN_MS = 3_000;
/** One that is late may have a connection that died without a word: asked once more, it gets another. */
const OPEN_MAX = 2;
/** Where more are late than there are pools, it is not one connection, and asking again would only take those of others. */
const LATE_MAX = 3;

interface Open {
  readonly answer: Promise<unknown>;
  isLate: boolean;
}

/**
 * Asks what may be slow to answer, or never does. Nobody waits longer than the bound, and as long as a question
 * is open it is not asked again, unless it is late: probes that go on while a server is silent must not pile up before it.
 */
export class BoundedQuestions {
  private readonly open = new Map<string, readonly Open[]>();

  constructor(private readonly timers: Timers) {}

  /** @throws what the question throws, and Error where it is not answered in time */
  ask<T>(name: string, question: () => Promise<T>): Promise<T> {
    const shared = this.shared(name);
    const answer = shared === null ? this.begin(name, question) : (shared.answer as Promise<T>);
    return new Promise((resolve, reject) => {
      const cancel = this.timers.after(ANSWERED_WITHIN_MS, () =>
        reject(new Error(`no answer within ${ANSWERED_WITHIN_MS} ms`)),
      );
      answer.then(resolve, reject).finally(cancel);
    });
  }

  /** Whose answer serves this one too; null where it is to be asked. */
  private shared(name: string): Open | null {
    const open = this.open.get(name) ?? [];
    const newest = open.at(-1);
    if (newest === undefined) return null;
    const late = [...this.open.values()].flat().filter(({ isLate }) => isLate);
    const isAskedAgain = newest.isLate && open.length < OPEN_MAX && late.length <= LATE_MAX;
    return isAskedAgain ? null : newest;
  }

  private begin<T>(name: string, question: () => Promise<T>): Promise<T> {
    const answer = question();
    const begun: Open = { answer, isLate: false };
    const cancel = this.timers.after(ANSWERED_WITHIN_MS, () => {
      begun.isLate = true;
    });
    const end = () => {
      cancel();
      const others = (this.open.get(name) ?? []).filter((one) => one !== begun);
      if (others.length === 0) this.open.delete(name);
      else this.open.set(name, others);
    };
    answer.then(end, end);
    this.open.set(name, [...(this.open.get(name) ?? []), begun]);
    return answer;
  }
}
