import type { TimeMs } from '@bulkhead/domain';
import { Agenda } from './agenda.js';

/** Waiting, as a parameter: real in a process, virtual in a simulation. */
export interface Timers {
  /** Calls `run` once, `delayMs` from now. The answer cancels it; cancelling twice, or late, is harmless. */
  after(delayMs: number, run: () => void): () => void;
}

/** More calls than this at one moment mean that two timers keep waking each other. */
export const CALLS_AT_ONE_MOMENT_MAX = 10_000_000;

/**
 * Time that passes only when it is told to, so that days of a fleet run in seconds and always in the
 * same order. Calls that are due at the same moment run in the order in which they were asked for.
 */
export class VirtualTime implements Timers {
  readonly #agenda: Agenda;
  #nowMs: TimeMs;
  #callsNow = 0;

  constructor(startMs: TimeMs) {
    this.#nowMs = startMs;
    this.#agenda = new Agenda(startMs);
  }

  readonly clock = (): TimeMs => this.#nowMs;

  /** How many calls wait. */
  get waiting(): number {
    return this.#agenda.size;
  }

  after(delayMs: number, run: () => void): () => void {
    const agenda = this.#agenda;
    const ticket = agenda.add(Math.ceil(this.#nowMs + Math.max(0, Math.round(delayMs))), run);
    return () => {
      agenda.cancel(ticket);
    };
  }

  /** Lets `ms` pass, running everything that falls due on the way. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.#runNext(untilMs)) {
      // Until nothing is due any more.
    }
    this.#moveTo(untilMs);
  }

  /** Jumps to what is due next and runs it. False, and nothing happens, where nothing waits or all of it later than `untilMs`. */
  jump(untilMs: TimeMs = Number.MAX_SAFE_INTEGER): boolean {
    return this.#runNext(untilMs);
  }

  #runNext(untilMs: TimeMs): boolean {
    const run = this.#agenda.take(untilMs);
    if (run === null) return false;
    this.#moveTo(this.#agenda.takenMs);
    if (++this.#callsNow > CALLS_AT_ONE_MOMENT_MAX) {
      throw new Error('virtual time does not come to rest');
    }
    run();
    return true;
  }

  #moveTo(atMs: TimeMs): void {
    if (atMs > this.#nowMs) this.#callsNow = 0;
    this.#nowMs = atMs;
  }
}
