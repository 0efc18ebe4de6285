import type { Clock, SimulatedFaults, UuidSource } from '@bulkhead/domain';
import type { HostHistory } from './host-history.js';
import type { JournalSink } from './journal-entry.js';
import type { Timers } from './timers.js';

/**
 * `own`: only a kernel that nobody else is on, a utility VM's. `host`: a silo's kernel is its host's, and
 * what else runs there goes down with it, whosever it is.
 */
export type KernelPanics = 'own' | 'host';

export interface HostSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly uuid: UuidSource;
  readonly journal: JournalSink;
  readonly history: HostHistory;
  /** What goes wrong on it where it does not say so itself. */
  readonly faults?: SimulatedFaults | null;
  /** How far a kernel panic goes that a workload asks for; its own kernel where this is left out. */
  readonly kernelPanics?: KernelPanics;
  /** False from when on nothing more goes wrong. */
  readonly faultsComeAbout?: () => boolean;
  /** It has lost its power by itself. */
  readonly wentDown?: () => void;
  /**
   * How many times as fast time passes here as for those who drive it; 1 where this is left out. A lease is
   * promised in their time, everything else on the host takes the host's.
   */
  readonly clockSpeed?: number;
  /** Divides stage and stop times, together with the host's own scale. */
  readonly timeScale: number;
}
