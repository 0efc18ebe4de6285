/** Waiting, as a parameter: real in a process, virtual in a simulation. */
export interface PauseTimers {
  /** Calls `run` once, `delayMs` from now. The answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

const realTimers: PauseTimers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Waits, or stops waiting when the signal aborts. */
export function pause(ms: number, signal: AbortSignal, timers = realTimers): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

/** The pause before try number `attempt` + 1: doubles each time, up to five seconds. */
export function backoffMs(attempt: number): number {
  return Math.min(RETRY_MIN_MS * 2 ** (attempt - 1), RETRY_MAX_MS);
}
