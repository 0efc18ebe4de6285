import type { Clock, RandomSource, TimeMs } from '@bulkhead/domain';
import type { ComputeSystemSpec, ComputeSystemState } from '../driver.js';
import type { JournalDraft } from './journal-entry.js';
import type { StartPlan } from './start-plan.js';
import type { Timers } from './timers.js';

/** What a compute system needs of its host. */
export interface Surroundings<System> {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly timeScale: number;
  journal(draft: JournalDraft, atMs?: TimeMs): void;
  planStart(spec: ComputeSystemSpec, random: RandomSource): StartPlan;
  /** While the service hangs, nothing that it is asked for comes about. */
  isHung(): boolean;
  /** Called after every change of state. */
  changed(system: System, from: ComputeSystemState): void;
  /** It tries to break out. */
  escape(system: System): void;
  /** The kernel of the host is to crash; false where the host does not let a workload do that. */
  panic(): boolean;
}
