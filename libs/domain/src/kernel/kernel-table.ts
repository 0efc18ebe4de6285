import type { StateTable } from '../decider.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { KernelEvent, KernelStarted } from './events.js';

export interface KernelState {
  readonly started: KernelStarted['payload'] | null;
  readonly trustBoundary: TrustBoundary | null;
  readonly ended: boolean;
}

/** Where a kernel instance is in its life. `ended` and `ended-claimed` differ in whose it was. */
export type KernelPhase = 'absent' | 'free' | 'claimed' | 'ended' | 'ended-claimed';

/** What is said of a kernel. `claim-again`: by the boundary that has claimed it before. */
export type KernelAct = 'start-kernel' | 'claim-kernel' | 'claim-again' | 'end-kernel';

/** `impossible`: a placement that went by something else than the log; it is never let in. */
export type KernelAnswer = KernelEvent['type'] | 'impossible';

/** What each act does in each phase: nothing leads from one boundary to another, or back from the end. */
export const kernelTable: StateTable<KernelAct, KernelPhase, KernelAnswer> = {
  'start-kernel': {
    absent: 'KernelStarted',
    free: 'nothing',
    claimed: 'nothing',
    ended: 'nothing',
    'ended-claimed': 'nothing',
  },
  'claim-kernel': {
    absent: 'impossible',
    free: 'KernelClaimed',
    claimed: 'impossible',
    ended: 'impossible',
    'ended-claimed': 'impossible',
  },
  // Nobody has claimed it where it is not claimed.
  'claim-again': {
    absent: 'impossible',
    free: 'impossible',
    claimed: 'nothing',
    ended: 'impossible',
    'ended-claimed': 'nothing',
  },
  'end-kernel': {
    absent: 'nothing',
    free: 'KernelEnded',
    claimed: 'KernelEnded',
    ended: 'nothing',
    'ended-claimed': 'nothing',
  },
};

export function kernelPhaseOf({ started, trustBoundary, ended }: KernelState): KernelPhase {
  if (started === null) return 'absent';
  if (ended) return trustBoundary === null ? 'ended' : 'ended-claimed';
  return trustBoundary === null ? 'free' : 'claimed';
}
