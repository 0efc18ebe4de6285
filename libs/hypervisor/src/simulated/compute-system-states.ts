import type { ComputeSystemState } from '../driver.js';

/** What can happen to a compute system. `end` is every end after it was created, whoever caused it. */
export type Transition = 'create' | 'start' | 'run' | 'fail' | 'end' | 'release' | 'reboot';

/**
 * Where each transition leads; what is not here cannot happen. A released or rebooted id is spent and
 * nothing brings it back. `end` of one that was only created makes sure that a late start finds it over.
 */
export const TRANSITIONS: Readonly<
  Record<ComputeSystemState, Readonly<Partial<Record<Transition, ComputeSystemState>>>>
> = {
  absent: { create: 'created', release: 'spent' },
  created: { start: 'starting', end: 'exited', release: 'spent', reboot: 'spent' },
  starting: { run: 'running', fail: 'start-failed', end: 'exited', reboot: 'spent' },
  running: { end: 'exited', reboot: 'spent' },
  'start-failed': { release: 'spent', reboot: 'spent' },
  exited: { release: 'spent', reboot: 'spent' },
  spent: { release: 'spent', reboot: 'spent' },
};

/** The state after a transition, or null where it is not allowed. */
export function stateAfter(
  state: ComputeSystemState,
  transition: Transition,
): ComputeSystemState | null {
  return TRANSITIONS[state][transition] ?? null;
}
