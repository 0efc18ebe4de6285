import { sleep, type Timers } from './timers.js';

/**
 * Wakes the one loop that waits for it. A ring that nobody waits for is kept, so that none is missed
 * between a look and the wait after it; many rings are one.
 */
export class Bell {
  private rung = false;
  private wake: () => void = () => {};

  constructor(private readonly timers: Timers) {}

  ring(): void {
    this.rung = true;
    this.wake();
  }

  /** Ends with a ring, with the signal, or after `timeoutMs`, which makes every wait a poll as well. */
  async heard(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.rung && !signal.aborted) {
      const stop = new AbortController();
      const end = () => stop.abort();
      this.wake = end;
      signal.addEventListener('abort', end);
      await sleep(this.timers, timeoutMs, stop.signal);
      signal.removeEventListener('abort', end);
      this.wake = () => {};
    }
    this.rung = false;
  }
}
