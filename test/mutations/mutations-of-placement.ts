import { type Mutation, plant } from './mutation.js';

const guardsOf = (stream: string) => `        { stream: ${stream},`;

const closed = 'cordoned || drain !== null || quarantine !== null || reboot !== undefined;';

/** Left out of what an append of a placement guards. */
const unguarded = (what: string, line: string): Mutation =>
  plant(
    `places although the ${what} has changed meanwhile`,
    'placement/round/open-round.ts',
    line,
    '',
  );

/** What placement gives away that it does not have, or keeps although it has got it back. */
export const mutationsOfPlacement: readonly Mutation[] = [
  plant(
    'keeps what a lost attempt held',
    'placement/fleet/evolve-fleet.ts',
    'if (held !== null && holds === null) reserve',
    "if (held !== null && holds === null && held.stage !== 'lost') reserve",
  ),
  plant(
    'keeps what a refused proposal would have held',
    'placement/fleet/proposals.ts',
    '  reserve(fleet, pending, -1);',
    "  if (fate === 'recorded') reserve(fleet, pending, -1);",
  ),
  plant(
    'keeps the kernel that a refused proposal would have claimed',
    'placement/fleet/proposals.ts',
    "if (fate === 'refused' && pending.claimed !== null) {",
    'if (pending.claimed === undefined) {',
  ),
  plant(
    'gives back to a host what it never gave',
    'placement/fleet/fleet-host.ts',
    'taken.usedMemoryMiB += sign * memoryMiB;',
    'taken.usedMemoryMiB = Math.max(0, taken.usedMemoryMiB + sign * memoryMiB * (sign < 0 ? 2 : 1));',
  ),
  plant(
    'forgets the reserve of a utility VM',
    'placement/unrunnable.ts',
    "if (isolation === 'process') return resources;",
    'if (isolation !== null) return resources;',
  ),
  plant(
    'puts silos on a kernel of another boundary',
    'placement/candidates.ts',
    'const ours = joining ? index.owned.get(boundary) : undefined;',
    'const [anybody] = index.owned.values();\n  const ours = joining ? (index.owned.get(boundary) ?? anybody) : undefined;',
  ),
  plant(
    'puts silos on a kernel whose claim is on its way',
    'placement/host-index/standing.ts',
    'if (kernel === null || kernel.claimPending || evicting > 0)',
    'if (kernel === null || evicting > 0)',
  ),
  plant(
    'puts silos on a kernel that somebody is told to leave',
    'placement/host-index/standing.ts',
    'kernel.claimPending || evicting > 0)',
    'kernel.claimPending)',
  ),
  plant(
    'lets a second boundary claim a kernel',
    'kernel/kernel-table.ts',
    "free: 'KernelClaimed',\n    claimed: 'impossible',",
    "free: 'KernelClaimed',\n    claimed: 'KernelClaimed',",
  ),
  ...(['cordoned', 'drain !== null', 'quarantine !== null', 'reboot !== undefined'] as const).map(
    (fact) =>
      plant(
        `places on a host although ${fact}`,
        'host/state.ts',
        closed,
        closed.replace(fact, 'false'),
      ),
  ),
  plant(
    'boots a host anew that holds something',
    'placement/round/reboots.ts',
    'return usedCpuMillis === 0 && usedMemoryMiB === 0 && utilityVms === 0 && evicting === 0;',
    'return utilityVms === 0 && evicting === 0;',
  ),
  plant(
    'places on a lost host',
    'host/state.ts',
    "return condition === 'up' && !isClosed && boot !== null;",
    "return (condition === 'up' || condition === 'lost') && !isClosed && boot !== null;",
  ),
  unguarded('host', `${guardsOf('host.hostId')} version: host.version },\n`),
  unguarded(
    'tenant',
    `${guardsOf('placed.tenantId')} version: tenantOf(fleet, placed.tenantId).version },\n`,
  ),
  unguarded(
    'image',
    `${guardsOf('image.imageId')} version: imageOf(fleet, image.imageId).version },\n`,
  ),
  unguarded('policy', `${guardsOf("'policy'")} version: fleet.policy.version },\n`),
  unguarded(
    'advisories',
    "        ...(silo ? [{ stream: 'advisories' as const, version: fleet.advisoriesVersion }] : []),\n",
  ),
  unguarded('placer', `${guardsOf("'placer'")} version: fleet.placer.version },\n`),
  plant(
    'ignores quotas',
    'placement/fleet/tenant-use.ts',
    'if (beyond === null) return null;',
    'if (beyond === null || beyond.limit >= 0) return null;',
  ),
  plant(
    'does not count utility VMs against their quota',
    'tenant/quota.ts',
    "utilityVms: use.utilityVms + (isolation === 'hyperv' ? sign : 0),",
    'utilityVms: use.utilityVms + (isolation === null ? sign : 0),',
  ),
  plant(
    'places for a suspended tenant',
    'placement/propose.ts',
    'if (tenant.suspension !== null) {',
    'if (tenant.suspension?.evict) {',
  ),
  plant(
    'places on hosts without the labels that are asked for',
    'host/labels.ts',
    'for (const name in selector) if (labels[name] !== selector[name]) return false;',
    'for (const name in selector) if (labels[name] === undefined && name === selector[name]) return false;',
  ),
  plant(
    'puts two tasks of a batch that must be spread on one host',
    'placement/propose.ts',
    "apartFrom: request.spread === 'required' ? batchTasks : null,",
    'apartFrom: null,',
  ),
  plant(
    'forgets a task of its batch when the next one comes to its host',
    'placement/fleet/fleet.ts',
    'const count = (onHosts.get(hostId) ?? 0) + sign;',
    'const count = Math.min(1, (onHosts.get(hostId) ?? 0) + sign);',
  ),
  plant(
    'keeps a host from a batch whose task there is gone',
    'placement/fleet/fleet.ts',
    '  if (count > 0) onHosts.set(hostId, count);',
    '  if (count > 0 || sign < 0) onHosts.set(hostId, Math.max(1, count));',
  ),
  plant(
    'puts more utility VMs on a host than policy allows',
    'placement/host-index/standing.ts',
    'return Math.min(utilityVmsPerHostMax ?? UTILITY_VMS_PER_HOST_MAX, UTILITY_VMS_PER_HOST_MAX);',
    'return Math.min(UTILITY_VMS_PER_HOST_MAX, (utilityVmsPerHostMax ?? 0) + UTILITY_VMS_PER_HOST_MAX);',
  ),
  plant(
    'does not hold a new policy against the utility VMs that hosts hold',
    'placement/fleet/evolve-fleet.ts',
    '    allowUtilityVms(fleet, utilityVmsMaxOf(event.payload.policy));\n',
    '',
  ),
  plant(
    'uses a spent id again',
    'placement/round/open-round.ts',
    "computeSystemId: prefixedId('cs', this.newUuid()) as ComputeSystemId,",
    "computeSystemId: workload.state.current?.computeSystemId ?? prefixedId('cs', this.newUuid()) as ComputeSystemId,",
  ),
];
