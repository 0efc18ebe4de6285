import { describe, expect, it } from 'vitest';
import { advisory } from '../../../../test/domain/advisory-operators.js';
import { idOf, NOW_MS, windows } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { expectTable } from '../../../../test/domain/state-table.js';
import type { AdvisoryId } from '../ids.js';
import { affects, isOpenAt } from './affects.js';
import { ADVISORIES_STANDING_MAX, advisoryBoardDecider } from './board.js';
import { advisoryDecider, advisoryPhaseOf, advisoryTable } from './decide.js';

const nowMs = NOW_MS;
const publish = (changes: Parameters<typeof advisory>[1] = {}) =>
  ({ kind: 'publish-advisory', advisory: advisory(1, changes), nowMs }) as const;
const withdraw = { kind: 'withdraw-advisory', reason: 'every host is patched', nowMs } as const;

describe('an advisory', () => {
  const nobody = given(advisoryDecider, []);
  const published = given(advisoryDecider, nobody.when(publish()).history);

  it('is published once and withdrawn once', () => {
    nobody.when(publish()).thenEvents(['AdvisoryPublished', { reference: 'CVE-2026-70270' }]);
    published.when(publish()).thenRejected('ADVISORY_EXISTS');
    published.when(withdraw).thenEvents(['AdvisoryWithdrawn', { reason: withdraw.reason }]);
    given(advisoryDecider, published.when(withdraw).history).when(withdraw).thenNothing();
    nobody.when(withdraw).thenRejected('ADVISORY_NOT_FOUND');
  });

  it('answers every command by its table, in each of its phases', () => {
    const E = 'ADVISORY_EXISTS';
    expectTable({
      ...{ decider: advisoryDecider, phaseOf: advisoryPhaseOf, table: advisoryTable },
      waysInto: { absent: [[]], published: [[publish()]], withdrawn: [[publish(), withdraw]] },
      commandsFor: () => ({ 'publish-advisory': publish(), 'withdraw-advisory': withdraw }),
      expected: {
        'publish-advisory': ['>published', E, E],
        'withdraw-advisory': ['ADVISORY_NOT_FOUND', '>withdrawn', '-'],
      },
    });
  });

  it('names at least one build, each of them once', () => {
    const build = { build: 20348, fixedRevision: null };
    nobody.when(publish({ builds: [] })).thenRejected('ADVISORY_BUILDS');
    nobody.when(publish({ builds: [build, build] })).thenRejected('ADVISORY_BUILDS');
  });

  it('opens with its publication at the latest, and ends after it or never', () => {
    const window = (fromMs: number, untilMs: number | null) =>
      nobody.when(publish({ window: { fromMs, untilMs } }));
    window(nowMs, null).thenEvents('AdvisoryPublished');
    window(nowMs - 1, nowMs + 1).thenEvents('AdvisoryPublished');
    window(nowMs + 1, null).thenRejected('ADVISORY_WINDOW');
    window(nowMs - 1, nowMs).thenRejected('ADVISORY_WINDOW');
  });

  it('speaks of the builds that it names, below the fix, and of all of them while none is known', () => {
    const builds = [
      { build: 20348, fixedRevision: 2700 },
      { build: 17763, fixedRevision: null },
    ];
    const told = [
      windows(20348, 2699),
      windows(20348, 2700),
      windows(17763, 9_999),
      windows(26100),
    ];
    expect(told.map((version) => affects({ builds }, version))).toEqual([true, false, true, false]);
  });

  it('is over when its window ends', () => {
    const window = { fromMs: 0, untilMs: nowMs };
    expect([isOpenAt({ window }, nowMs - 1), isOpenAt({ window }, nowMs)]).toEqual([true, false]);
  });
});

describe('the stream of all advisories', () => {
  const change = (number: number, what: 'published' | 'withdrawn') => {
    const advisoryId = idOf('adv', number) as AdvisoryId;
    return { kind: 'change-advisories', advisoryId, change: what, nowMs } as const;
  };

  it('moves on once for each change', () => {
    const one = given(advisoryBoardDecider, []).when(change(1, 'published'));
    one.thenEvents('AdvisoriesChanged');
    given(advisoryBoardDecider, one.history).when(change(1, 'published')).thenNothing();
    const gone = given(advisoryBoardDecider, one.history).when(change(1, 'withdrawn'));
    gone.thenEvents('AdvisoriesChanged');
    given(advisoryBoardDecider, gone.history).when(change(1, 'withdrawn')).thenNothing();
  });

  it('takes no more than may stand, until one is withdrawn', () => {
    const numbers = Array.from({ length: ADVISORIES_STANDING_MAX }, (_, at) => at + 1);
    const full = numbers.reduce(
      (board, number) =>
        given(advisoryBoardDecider, board.when(change(number, 'published')).history),
      given(advisoryBoardDecider, []),
    );
    full.when(change(9_999, 'published')).thenRejected('ADVISORIES_TOO_MANY');
    const roomy = given(advisoryBoardDecider, full.when(change(7, 'withdrawn')).history);
    roomy.when(change(9_999, 'published')).thenEvents('AdvisoriesChanged');
  });
});
