import { defaultQuota, policyDecider, tenantDecider } from '@bulkhead/domain';
import { policy } from '../domain/builders.js';
import { changeQuota } from '../domain/change-quota.js';
import { withdrawAll } from './acts-of-advisories.js';
import { goOn } from './acts-of-attempts.js';
import { bootEmpty, mend } from './acts-of-hosts.js';
import type { Play } from './play.js';
import type { Tally } from './tally.js';

/** So many rounds are enough for all that can be open at once, each attempt of it. */
const SETTLE_ROUNDS_MAX = 400;
/** From being placed to being released, with one to spare. */
const ATTEMPT_STAGES = 5;
/** Longer than anybody's patience and than any wait before the next attempt. */
const ROUND_MS = 3_000;

/**
 * Lifts everything that keeps workloads waiting, and goes on until each of them has ended: in a fleet
 * that is well, nobody waits for ever, and nothing is held in the end.
 */
export function settle(on: Play, judge: () => string | null, tally: Tally): string | null {
  const { world } = on;
  liftLimits(on);
  for (let round = 0; round < SETTLE_ROUNDS_MAX && tally.workloads.size > 0; round += 1) {
    world.nowMs += ROUND_MS;
    on.tendTenants();
    for (const hostId of on.hosts()) {
      mend(on, hostId);
      bootEmpty(on, hostId);
    }
    world.place((planned) => on.hasMoved(planned));
    for (let stage = 0; stage < ATTEMPT_STAGES; stage += 1) {
      for (const workloadId of on.holders()) goOn(on, workloadId, 1);
    }
    const because = judge();
    if (because !== null) return because;
  }
  return stillHeld(on, tally);
}

function liftLimits(on: Play): void {
  const { world, tenants } = on;
  withdrawAll(on);
  const { nowMs } = world;
  for (const tenantId of tenants) {
    const command = { kind: 'reinstate', reason: 'test', nowMs } as const;
    world.run(tenantDecider, tenantId, tenantId, command);
    changeQuota(world, tenantId, defaultQuota);
  }
  const version = world.fleet.policy.state.version + 1;
  world.run(policyDecider, 'policy', null, { kind: 'publish-policy', version, policy, nowMs });
}

function stillHeld({ world: { fleet, room } }: Play, tally: Tally): string | null {
  const [open] = tally.workloads.keys();
  if (open !== undefined) return `everything-ends: ${open} waits for ever`;
  if (tally.submitted !== tally.ended) {
    return `everything-ends: ${tally.submitted} were submitted, and ${tally.ended} have ended`;
  }
  const left = [fleet.use.size, fleet.batchTasks.size, room.lines.size, fleet.workloads.size];
  return left.some((size) => size > 0) ? `everything-ends: ${left} are left over` : null;
}
