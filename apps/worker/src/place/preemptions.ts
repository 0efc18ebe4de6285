import type { PlannedPreemption } from '@bulkhead/domain';
import { type EvictionParts, evictAttempt } from './evict-attempt.js';

/**
 * Evicts those who have to give way to a more urgent workload. Where somebody was faster nothing is tried
 * again: the next round plans with what the log says then.
 */
export class Preemptions {
  private planned: readonly PlannedPreemption[] = [];

  constructor(private readonly parts: EvictionParts) {}

  plan(preemptions: readonly PlannedPreemption[]): void {
    this.planned = preemptions;
  }

  /** Policy permits it, so a newer policy that the plan did not know takes it back. */
  async carryOut(): Promise<void> {
    const { planned, parts } = this;
    if (planned.length === 0) return;
    this.planned = [];
    const { follower } = parts;
    const guards = [{ stream: 'policy' as const, version: follower.fleet.policy.version }];
    await Promise.all(
      planned.map(({ by: _by, ...victim }) =>
        evictAttempt(parts, { ...victim, cause: 'preempted', guards }),
      ),
    );
    // The next round has to see who is on the way out.
    await follower.catchUp();
  }
}
