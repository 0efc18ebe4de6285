import type { Timers } from '../sources.js';
import { within } from './within.js';

/** One that is late may have a connection that died silently; the next gets another. When that one is late too, it is not the connection. */
const OPEN_MAX = 2;

interface Open<T> {
  readonly answer: Promise<T>;
  isLate: boolean;
}

/**
 * A question that many ask, of what may be slow to answer or never does. Nobody waits longer than the bound, and whoever
 * comes while it is open shares its answer: probes that go on while a server is silent must not pile up before it, and
 * hold the connections of requests once it is back.
 */
export class SharedQuestion<T> {
  private open: readonly Open<T>[] = [];

  constructor(
    private readonly timers: Timers,
    private readonly withinMs: number,
    private readonly question: () => Promise<T>,
  ) {}

  /** @throws what the question throws, and Error where it is not answered in time */
  ask(): Promise<T> {
    const newest = this.open.at(-1);
    const isShared = newest !== undefined && (!newest.isLate || this.open.length >= OPEN_MAX);
    const { answer } = isShared ? newest : this.begin();
    return within(this.timers, this.withinMs, answer);
  }

  private begin(): Open<T> {
    const begun: Open<T> = { answer: this.question(), isLate: false };
    const cancel = this.timers.after(this.withinMs, () => {
      begun.isLate = true;
    });
    const end = () => {
      cancel();
      this.open = this.open.filter((open) => open !== begun);
    };
    begun.answer.then(end, end);
    this.open = [...this.open, begun];
    return begun;
  }
}
