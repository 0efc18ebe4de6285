import type { Timers } from '../timers.js';

/** Whoever probes a process gives it about five seconds. */
export const ANSWERED_WITHIN_MS = 3_000;

/**
 * Asks what may be slow to answer, or never does. Nobody waits longer than the bound, and as long as a question
 * is open it is not asked again: probes that go on while a server is silent must not pile up before it.
 */
export class BoundedQuestions {
  private readonly open = new Map<string, Promise<unknown>>();

  constructor(private readonly timers: Timers) {}

  /** @throws what the question throws, and Error where it is not answered in time */
  ask<T>(name: string, question: () => Promise<T>): Promise<T> {
    const answer = (this.open.get(name) as Promise<T> | undefined) ?? this.begin(name, question);
    return new Promise((resolve, reject) => {
      const cancel = this.timers.after(ANSWERED_WITHIN_MS, () =>
        reject(new Error(`no answer within ${ANSWERED_WITHIN_MS} ms`)),
      );
      answer.then(resolve, reject).finally(cancel);
    });
  }

  private begin<T>(name: string, question: () => Promise<T>): Promise<T> {
    const answer = question().finally(() => this.open.delete(name));
    this.open.set(name, answer);
    return answer;
  }
}
