/** Waiting, as a parameter: real in a process, virtual in a test. */
export interface Timers {
  /** Calls `run` once, `delayMs` from now. The answer cancels it; cancelling twice, or late, is harmless. */
  after(delayMs: number, run: () => void): () => void;
}

/** Ends after `delayMs`, or as soon as the signal is given. */
export function sleep(timers: Timers, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = timers.after(delayMs, end);
    signal.addEventListener('abort', end);
  });
}
