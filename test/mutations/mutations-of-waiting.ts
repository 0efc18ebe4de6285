import { type Mutation, plant } from './mutation.js';

/** Who goes first and should not, and who gives way and should not. */
export const mutationsOfWaiting: readonly Mutation[] = [
  plant(
    'lets weights of tenants count for nothing',
    'placement/waiting/fair-share.ts',
    'return share / weight;',
    'return share + weight * 0;',
  ),
  plant(
    'shares by CPU alone',
    'placement/waiting/fair-share.ts',
    'part(use.memoryMiB, capacity.memoryMiB),',
    '0,',
  ),
  plant(
    'lets a tenant go on that has just been served',
    'placement/waiting/turns.ts',
    'tenant.share = this.shareOf(tenant.tenantId, tenant.weight);',
    '',
  ),
  plant(
    'lets priorities overtake for ever',
    'placement/waiting/tenant-queue.ts',
    'other.sinceMs - one.sinceMs +',
    '(other.sinceMs - one.sinceMs) * 1e-9 +',
  ),
  plant(
    'goes by who came first, whatever the priority',
    'placement/waiting/tenant-queue.ts',
    '(one.priority - other.priority) * priorityStepMs;',
    '(one.priority - other.priority) * 0 * priorityStepMs;',
  ),
  plant(
    'counts the time that a failed attempt ran as waiting',
    'placement/waiting/waiting-room.ts',
    'return failedByItself || gaveWay ?',
    'return gaveWay ?',
  ),
  plant(
    'tells nobody why he waits who comes back to his line',
    'placement/waiting/line.ts',
    'if (upTo >= waiting.order) this.told.set(cause, waiting.order - 1);',
    'if (upTo < 0) this.told.set(cause, waiting.order - 1);',
  ),
  plant(
    'gives away again and again what becomes free on a host that is kept',
    'placement/round/kept-hosts.ts',
    '    this.room.kept.set(tenantId, { workloadId, hostId, freed: freed !== null });\n    this.hold(hostOf(this.fleet, hostId));',
    '    this.room.kept.set(tenantId, { workloadId, hostId, freed: freed !== null });',
  ),
  plant(
    'keeps for ever what it kept for a round',
    'placement/round/kept-hosts.ts',
    'for (const hold of this.held.values()) reserve(this.fleet, hold, -1);',
    '',
  ),
  plant(
    'lets workloads of one priority displace each other',
    'placement/round/preemptions.ts',
    'one.priority < priority &&',
    'one.priority <= priority &&',
  ),
  plant(
    'displaces other tenants although policy does not say so',
    'placement/round/preemptions.ts',
    '(one.tenantId === tenantId || policy.preemption.otherTenants),',
    'one.tenantId !== null,',
  ),
  plant(
    'takes from a tenant that holds no more than its share',
    'placement/round/preemptions.ts',
    'leftTo(one, going) >= ownShare',
    'leftTo(one, going) >= 0',
  ),
  plant(
    'displaces the same workload again and again',
    'placement/round/preemptions.ts',
    'preemptionsOf(one.state) < PREEMPTIONS_PER_WORKLOAD_MAX &&',
    '',
  ),
  plant(
    'gives the room that was made for one to another',
    'placement/round/kept-hosts.ts',
    'if (freed && !this.held.has(hostId)) this.hold(hostOf(fleet, hostId));',
    '',
  ),
];
