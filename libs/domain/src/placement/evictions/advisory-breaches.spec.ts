import { expect, it } from 'vitest';
import { advisory, publishAdvisory } from '../../../../../test/domain/advisory-operators.js';
import { hostSpec, policy } from '../../../../../test/domain/builders.js';
import { World } from '../../../../../test/domain/world.js';
import { policyDecider } from '../../policy/decide.js';
import type { Policy } from '../../policy/events.js';
import { hostOf } from '../fleet/fleet.js';
import { advisoryBreachesOf } from './advisory-breaches.js';

it('evicts because of an advisory only as long as advisories, policy and the boot of the host are what they were', () => {
  const world = new World();
  const publish = (changes: Partial<Policy>) => {
    const version = world.fleet.policy.state.version + 1;
    const published = { ...policy, ...changes };
    const { nowMs } = world;
    const command = { kind: 'publish-policy', version, policy: published, nowMs } as const;
    world.run(policyDecider, 'policy', null, command);
  };
  publish({ advisories: { evictRunning: false } });
  const hostId = world.registerHost(hostSpec(1));
  const workloadId = world.submit(world.registerTenant('standard'));
  world.place();
  world.start(workloadId);
  world.started(workloadId);
  publishAdvisory(world, advisory(1));
  publish({ advisories: { evictRunning: true } });
  const { fleet, nowMs } = world;
  const breaches = advisoryBreachesOf(fleet, nowMs);
  expect(breaches).toMatchObject([{ workloadId, cause: 'open-advisory' }]);
  expect(breaches[0]?.guards).toEqual([
    { stream: 'advisories', version: fleet.advisoriesVersion },
    { stream: 'policy', version: fleet.policy.version },
    { stream: hostId, version: hostOf(fleet, hostId).version },
  ]);
  expect(breaches[0]?.guards.every(({ version }) => version > 0)).toBe(true);
});
