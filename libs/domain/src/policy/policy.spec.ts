import { describe, it } from 'vitest';
import { NOW_MS, policy } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { placerDecider } from '../placer/decide.js';
import { policyDecider } from './decide.js';

const publish = (version: number, compatibilityVersion = 1) =>
  ({
    kind: 'publish-policy',
    version,
    policy: { ...policy, compatibilityVersion },
    nowMs: NOW_MS,
  }) as const;

describe('a policy', () => {
  const first = given(policyDecider, given(policyDecider, []).when(publish(1)).history);

  it('is published in versions that follow each other', () => {
    given(policyDecider, [])
      .when(publish(1))
      .thenEvents(['PolicyPublished', { version: 1 }]);
    first.when(publish(2)).thenEvents(['PolicyPublished', { version: 2 }]);
    first.when(publish(3)).thenRejected('POLICY_VERSION');
  });

  it('is not changed by a version that was published before', () => {
    first.when(publish(1)).thenNothing();
  });

  it('cannot name a compatibility table that does not exist', () => {
    first.when(publish(2, 99)).thenRejected('POLICY_COMPATIBILITY');
  });
});

describe('a takeover of the placer', () => {
  const takeOver = (owner: string) => ({ kind: 'take-over', owner, nowMs: NOW_MS }) as const;

  it('begins the next term, also for whoever was in office before', () => {
    const first = given(placerDecider, []).when(takeOver('a'));
    first.thenEvents(['PlacerTookOver', { owner: 'a', term: 1 }]);
    given(placerDecider, first.history)
      .when(takeOver('a'))
      .thenEvents(['PlacerTookOver', { owner: 'a', term: 2 }]);
  });
});
