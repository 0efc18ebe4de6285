import type { Timers } from '../sources.js';

/** What a question comes to, for whoever does not wait longer than that. @throws Error where it is late */
export function within<T>(timers: Timers, withinMs: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${withinMs} ms`));
    const cancel = timers.after(withinMs, late);
    answer.then(resolve, reject).finally(cancel);
  });
}
