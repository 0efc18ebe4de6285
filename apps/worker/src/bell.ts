import type { Timers } from './timers.js';

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
    if (!this.rung && !signal.aborted) await this.waited(timeoutMs, signal);
    this.rung = false;
  }

  /** Without a signal of its own: what it costs to abort one is too much for something this frequent. */
  private waited(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        this.wake = () => {};
        resolve();
      };
      this.wake = end;
      const cancel = this.timers.after(timeoutMs, end);
      signal.addEventListener('abort', end);
    });
  }
}
