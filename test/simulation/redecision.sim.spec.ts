import {
  decideAgain,
  type IsolationAnswer,
  type Policy,
  policyDecider,
  recordedAnswer,
  type TenantId,
} from '@bulkhead/domain';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policy } from '../domain/builders.js';
import { type Act, play, randomHistories } from '../domain/random-history.js';
import type { World } from '../domain/world.js';
import { seedsOf } from './seeds.js';

const seeds = seedsOf(process.env);
/** Rules that fired, and those that were off and would have. */
const met = new Set<string>();
let refusals = 0;
const histories = randomHistories(100, 300);
/** Among so many histories there are some in which an advisory was warned of, or had no say. */
const SEEDS_THAT_TELL = 40;
/** What playing a history and deciding again takes, with much to spare. */
const SEED_LIMIT_MS = 2_000;

describe('a decision that the log holds', () => {
  it(
    'is made again, identical, from nothing but its inputs and the versions that it names',
    async () => {
      let decisions = 0;
      refusals = 0;
      met.clear();
      for (const seed of seeds) {
        const property = fc.asyncProperty(histories, async (acts) => {
          decisions += decideAllAgain(playUnderChangingPolicy(acts));
        });
        await fc.assert(property, { seed, numRuns: 1, unbiased: true });
      }
      expect(decisions).toBeGreaterThan(seeds.length);
      expect(refusals).toBeGreaterThan(0);
      const seldom = seeds.length < SEEDS_THAT_TELL ? [] : ['off: open-advisory', 'warned'];
      const expected = ['elevated', 'off: elevated', 'open-advisory', ...seldom];
      expect([...met].sort()).toEqual(expect.arrayContaining(expected));
    },
    SEED_LIMIT_MS * (seeds.length + 1),
  );
});

/** Every so many acts policy is another one, and somebody asks for what policy has a say in. */
function playUnderChangingPolicy(acts: readonly Act[]): World {
  let act = 0;
  return play(acts, (world) => {
    act += 1;
    const tenantIds = [...world.fleet.tenants.keys()];
    const tenantId = tenantIds[act % tenantIds.length] as TenantId;
    if (act % 17 === 0) publish(world, tenantId, act);
    if (act % 5 === 0) {
      world.submit(tenantId, {
        user: act % 3 === 0 ? 'root' : null,
        capabilities: act % 2 === 0 ? ['SYS_ADMIN'] : [],
        hostAccess: act % 4 === 0 ? ['device'] : [],
      });
    }
  });
}

function publish(world: World, tenantId: TenantId, act: number): void {
  const own = { floor: 'hyperv', trustedPublishers: ['x'], allowedCapabilities: ['SYS_ADMIN'] };
  const off = [
    [],
    ['untrusted-publisher', 'open-advisory'],
    ['elevated'],
    ['kernel-unavailable', 'open-advisory'],
  ];
  world.run(policyDecider, 'policy', null, {
    kind: 'publish-policy',
    version: world.fleet.policy.state.version + 1,
    policy: {
      ...policy,
      rulesOff: off[act % off.length] ?? [],
      tenantPolicies: act % 3 === 0 ? { [tenantId]: own } : {},
      hostAccessApprovals: act % 2 === 0 ? { [tenantId]: ['device'] } : {},
      kernelPatienceMs: act * 10,
    },
    nowMs: world.nowMs,
  });
}

function decideAllAgain(world: World): number {
  const policies = new Map<number, Policy>();
  let decisions = 0;
  for (const { event } of world.log.events) {
    if (event.type === 'PolicyPublished') policies.set(event.payload.version, event.payload.policy);
    if (event.type !== 'IsolationDecided' && event.type !== 'WorkloadRejected') continue;
    // As it comes back from storage: nothing that JSON would lose may matter.
    const recorded = recordedAnswer(JSON.parse(JSON.stringify(event)));
    if (recorded === null) throw new Error('a refusal without grounds');
    const { policyVersion, compatibilityVersion } = recorded.refused
      ? recorded.grounds
      : recorded.decision;
    const policy = policies.get(policyVersion);
    if (policy === undefined) throw new Error(`no policy of version ${policyVersion}`);
    expect(policy.compatibilityVersion).toBe(compatibilityVersion);
    expect(decideAgain(recorded, policy)).toEqual(recorded);
    if (recorded.refused) refusals += 1;
    else decisions += 1;
    note(recorded);
  }
  return decisions;
}

function note(answer: IsolationAnswer): void {
  if (answer.refused) {
    for (const { rule } of answer.reasons) met.add(`refused: ${rule}`);
    return;
  }
  const { reasons, silenced, warnings } = answer.decision;
  for (const { rule } of reasons) met.add(rule);
  for (const { rule } of silenced) met.add(`off: ${rule}`);
  if (warnings.some(({ code }) => code === 'open-advisory')) met.add('warned');
}
