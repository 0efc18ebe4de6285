import type { Clock, TimeMs } from '@bulkhead/domain';
import { Agenda } from './agenda.js';
import type { Timers } from './timers.js';

export interface Pace {
  readonly clock: Clock;
  readonly timers: Timers;
  /** How much time passes here in one unit of the clock's: 1 is real time, 60 a minute in each second. */
  readonly speed: number;
  /** What time it is here to begin with; the clock's own time without it. */
  readonly fromMs?: TimeMs;
}

/** The clock may be set forward, and a machine may sleep: nobody waits longer than this before looking again. */
export const NAP_MAX_MS = 60_000;

/**
 * Time that follows a clock, at its pace or faster. Everything that waits stands in one agenda, and one
 * timer at a time wakes it, however much waits. What is late runs in the order in which it was due.
 */
export class PacedTime implements Timers {
  readonly #agenda: Agenda;
  readonly #paceStartMs: TimeMs;
  readonly #startMs: TimeMs;
  #wakesAtMs = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => {};

  constructor(private readonly pace: Pace) {
    if (!(pace.speed > 0)) throw new RangeError(`time cannot pass at speed ${pace.speed}`);
    this.#paceStartMs = pace.clock();
    this.#startMs = pace.fromMs ?? this.#paceStartMs;
    this.#agenda = new Agenda(this.#startMs);
  }

  readonly clock = (): TimeMs => {
    const passedMs = this.pace.clock() - this.#paceStartMs;
    return this.#startMs + Math.floor(passedMs * this.pace.speed);
  };

  after(delayMs: number, run: () => void): () => void {
    const dueMs = this.clock() + Math.max(0, Math.ceil(delayMs));
    const ticket = this.#agenda.add(dueMs, run);
    if (dueMs < this.#wakesAtMs) this.#wakeAt(dueMs);
    return () => {
      this.#agenda.cancel(ticket);
    };
  }

  #wakeAt(dueMs: TimeMs): void {
    this.#cancelWake();
    this.#wakesAtMs = dueMs;
    const waitMs = Math.ceil((dueMs - this.clock()) / this.pace.speed);
    const napMs = Math.min(Math.max(0, waitMs), NAP_MAX_MS);
    this.#cancelWake = this.pace.timers.after(napMs, () => this.#wake());
  }

  /** What is added on the way and due at once has to wait for the next time, so that others get a turn. */
  #wake(): void {
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
    try {
      const untilMs = this.clock();
      for (let left = this.#agenda.size; left > 0; left--) {
        const run = this.#agenda.take(untilMs);
        if (run === null) break;
        run();
      }
    } finally {
      const nextMs = this.#agenda.nextMs();
      if (nextMs !== null) this.#wakeAt(nextMs);
    }
  }
}
