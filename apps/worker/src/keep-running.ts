import { BrokenInvariant, type Clock } from '@bulkhead/domain';
import { TreeStopped, UnknownStoredEvent } from '@bulkhead/event-store';
import { type Logger, told } from './logging.js';
import { sleep, type Timers } from './timers.js';

/** The first pause after a failure; it doubles up to the longest one, and starts anew after a good while. */
export const RESTART_PAUSES = { firstMs: 200, longestMs: 10_000, goodWhileMs: 30_000 } as const;

export interface Component {
  readonly name: string;
  /** Works until the signal is given. A failure is tried again unless the log itself cannot be understood. */
  run(signal: AbortSignal): Promise<void>;
  /** It will not run again: gives back what keeps another process from doing its work. */
  stoppedForGood?(): void;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** `waiting`: for a newer version of the service, which alone knows an event of the log. */
export type ComponentHealth = 'running' | 'retrying' | 'waiting' | 'stopped';

/**
 * Keeps a component running. A database or a host that is away comes back, so those failures are tried
 * again; an event that cannot be folded stops the component for good, loudly, because going on would
 * mean to guess. Its leases go to another process then, whose code may know better; where none does, each
 * tries once and stops. An event that only a newer version knows is no fault: the component waits, and looks
 * again.
 */
export async function keepRunning(
  component: Component,
  around: Surroundings,
  signal: AbortSignal,
  report: (health: ComponentHealth) => void,
): Promise<void> {
  const { clock, timers, logger } = around;
  let pauseMs: number = RESTART_PAUSES.firstMs;
  while (!signal.aborted) {
    const startedAtMs = clock();
    report('running');
    try {
      await component.run(signal);
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof BrokenInvariant || error instanceof TreeStopped) {
        component.stoppedForGood?.();
        report('stopped');
        logger.error({ component: component.name, ...told(error) }, 'component stopped for good');
        return;
      }
      if (clock() - startedAtMs > RESTART_PAUSES.goodWhileMs) pauseMs = RESTART_PAUSES.firstMs;
      const waits = error instanceof UnknownStoredEvent;
      report(waits ? 'waiting' : 'retrying');
      const message = waits ? 'component waits for a newer version' : 'component failed';
      logger.warn({ component: component.name, pauseMs, ...told(error) }, message);
    }
    await sleep(timers, pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, RESTART_PAUSES.longestMs);
  }
}
