import { decideIsolation, type IsolationDecision, type Policy } from '@bulkhead/domain';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { play, randomHistories } from '../domain/random-history.js';
import type { World } from '../domain/world.js';
import { seedsOf } from './seeds.js';

const seeds = seedsOf(process.env);
const histories = randomHistories(100, 300);
/** What playing a history and deciding again takes, with much to spare. */
const SEED_LIMIT_MS = 2_000;

describe('a decision that the log holds', () => {
  it(
    'is made again, identical, from nothing but its inputs and the versions that it names',
    async () => {
      let decisions = 0;
      for (const seed of seeds) {
        const property = fc.asyncProperty(histories, async (acts) => {
          decisions += decideAllAgain(play(acts));
        });
        await fc.assert(property, { seed, numRuns: 1, unbiased: true });
      }
      expect(decisions).toBeGreaterThan(seeds.length);
    },
    SEED_LIMIT_MS * (seeds.length + 1),
  );
});

function decideAllAgain(world: World): number {
  const policies = new Map<number, Policy>();
  let decisions = 0;
  for (const { event } of world.log.events) {
    if (event.type === 'PolicyPublished') policies.set(event.payload.version, event.payload.policy);
    if (event.type !== 'IsolationDecided') continue;
    // As it comes back from storage: nothing that JSON would lose may matter.
    const recorded = JSON.parse(JSON.stringify(event.payload.decision)) as IsolationDecision;
    const { inputs, policyVersion } = recorded;
    const policy = policies.get(policyVersion);
    if (policy === undefined) throw new Error(`no policy of version ${policyVersion}`);
    expect(policy.compatibilityVersion).toBe(recorded.compatibilityVersion);
    const answer = decideIsolation({ inputs, policy, policyVersion, unrunnableBecause: null });
    expect(answer).toEqual({ refused: false, decision: recorded });
    decisions += 1;
  }
  return decisions;
}
