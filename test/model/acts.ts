import {
  type ComputeSystemId,
  type PlannedPlacement,
  policyDecider,
  prefixedId,
  type TemplatePolicy,
  type TenantPolicy,
} from '@bulkhead/domain';
import { policy } from '../domain/builders.js';
import { type Act, pick } from './act.js';
import { actsOfAdvisories } from './acts-of-advisories.js';
import { actsOfAttempts } from './acts-of-attempts.js';
import { actsOfHosts } from './acts-of-hosts.js';
import { actsOfTemplates } from './acts-of-templates.js';
import { actsOfTenants } from './acts-of-tenants.js';
import type { Play } from './play.js';

/** What operators do to the fleet as a whole, and what the placer does. */
const actsOfTheFleet: readonly Act[] = [
  { name: 'publish-policy', weight: 2, comesBetween: true, play: publishPolicy },
  { name: 'revoke-image', weight: 1, comesBetween: true, play: (on, who) => on.revoke(who) },
  { name: 'take-over', weight: 1, comesBetween: true, play: ({ world }) => world.takeOver() },
  {
    name: 'wait',
    weight: 3,
    play: ({ world }, _who, what) => {
      world.nowMs += what % 1_000;
    },
  },
  {
    name: 'place',
    weight: 18,
    play: (on) => void on.world.place((planned) => on.hasMoved(planned)),
  },
  {
    name: 'place-refused',
    weight: 1,
    play: (on, who) =>
      void on.world.place((planned) => on.hasMoved(planned) || unlucky(planned, who)),
  },
  { name: 'place-twice', weight: 2, play: placeTwice },
  { name: 'place-meanwhile', weight: 5, play: placeMeanwhile },
];

export const acts: readonly Act[] = [
  ...actsOfTenants,
  ...actsOfHosts,
  ...actsOfAttempts,
  ...actsOfAdvisories,
  ...actsOfTemplates,
  ...actsOfTheFleet,
];

const between = acts.filter(({ comesBetween }) => comesBetween);

/** Between the plan of a round and its first append, something else gets into the log. */
function placeMeanwhile(on: Play, who: number, what: number): void {
  let isFirst = true;
  on.world.place((planned) => {
    if (isFirst) pick(between, what)?.play(on, who, Math.floor(what / between.length));
    isFirst = false;
    return on.hasMoved(planned);
  });
}

/** An append whose outcome nobody heard is tried once more, under another id. */
function placeTwice(on: Play): void {
  const { world } = on;
  const [first] = world.place((planned) => on.hasMoved(planned)).placements;
  if (first === undefined) return;
  const computeSystemId = prefixedId('cs', world.newUuid()) as ComputeSystemId;
  world.ask(first.workloadId, { ...first.command, computeSystemId });
}

function unlucky({ workloadId }: PlannedPlacement, number: number): boolean {
  return (workloadId.charCodeAt(workloadId.length - 1) + number) % 3 === 0;
}

const nothingOfItsOwn: TenantPolicy = {
  floor: null,
  trustedPublishers: [],
  allowedCapabilities: [],
};
const ownPolicies: readonly TenantPolicy[] = [
  nothingOfItsOwn,
  { ...nothingOfItsOwn, floor: 'hyperv' },
  { ...nothingOfItsOwn, trustedPublishers: ['contoso'] },
  { ...nothingOfItsOwn, allowedCapabilities: ['SYS_ADMIN'] },
];
const rulesOff: readonly (readonly string[])[] = [
  [],
  [],
  [],
  ['untrusted-publisher'],
  ['elevated'],
  ['kernel-unavailable'],
  ['tenant-floor'],
  ['open-advisory'],
  // Refused each time, because it keeps a promise.
  ['tenant-hostile'],
];

const preemptions = [
  policy.preemption,
  { fromPriority: 3, otherTenants: false },
  { fromPriority: 5, otherTenants: true },
];

/** Every boot shows that a template is worth it, so that there are some; now and then none is. */
const worthIt = { afterBoots: 1, perHostMax: 3, warmCopies: 1 };
const templates = [worthIt, worthIt, worthIt, null] as const;

function publishPolicy(on: Play, who: number, what: number): void {
  const { world, tenants } = on;
  on.evictionsAreDue();
  const tenantId = pick(tenants, who) as string;
  world.run(policyDecider, 'policy', null, {
    kind: 'publish-policy',
    version: world.fleet.policy.state.version + 1,
    policy: {
      ...policy,
      rulesOff: pick(rulesOff, what) ?? [],
      tenantPolicies: { [tenantId]: pick(ownPolicies, Math.floor(what / 10)) ?? nothingOfItsOwn },
      advisories: { evictRunning: who % 3 > 0 },
      hostAccessApprovals: what % 2 === 0 ? { [tenantId]: ['device'] } : {},
      kernelPatienceMs: 500 * (what % 5),
      waitingOrder: { priorityStepMs: 1_000 * (1 + (who % 5)), tenantWeights: { [tenantId]: 3 } },
      preemption: pick(preemptions, Math.floor(what / 100)) ?? policy.preemption,
      ...(what % 4 === 0 ? {} : { rebootEmptyAfterMs: 50 * (what % 4) }),
      utilityVmReserve: { cpuMillis: 100, memoryMiB: 500 + 256 * (what % 3) },
      templateSharing: who % 4 === 0 ? 'own-boundary' : 'trusted-boundaries',
      ...templatesOf(what),
      utilityVmsPerHostMax: pick([null, 1, null, 2], what) ?? null,
    },
    nowMs: world.nowMs,
  });
}

function templatesOf(what: number): { readonly templates?: TemplatePolicy } {
  const drawn = pick(templates, Math.floor(what / 10)) ?? null;
  return drawn === null ? {} : { templates: drawn };
}
