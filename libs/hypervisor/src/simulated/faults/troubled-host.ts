import type { Clock, ComputeSystemId, HostSpec } from '@bulkhead/domain';
import type { Timers } from '../timers.js';

/** What a host is asked to let happen to it. */
export interface TroubledHost {
  readonly spec: HostSpec;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly timeScale: number;
  /** Of the host's past: when it was provisioned, and how many starts and boots it has seen. */
  readonly past: {
    readonly firstAtMs: number | null;
    readonly starts: number;
    readonly boots: number;
  };
  /** False from when on nothing more goes wrong; what has gone wrong takes its course. */
  faultsComeAbout(): boolean;
  /** The power goes. */
  goDown(reason: string): void;
  /** It boots by itself. */
  boot(): void;
  closeWatches(reason: string): void;
  /** Nothing that runs there does anything by itself any more, as far as the service can tell. */
  freeze(): void;
  /** Starts that are under way come to nothing where `fails` says so. */
  loseStarts(fails: (id: ComputeSystemId) => boolean): void;
  /** Something else takes what is left of the commit limit, or gives it back. */
  takeCommit(taken: boolean): void;
}
