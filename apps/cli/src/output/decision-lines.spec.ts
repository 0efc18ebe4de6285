import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { decisionLines, type ShownAuditDecision } from './decision-lines.js';

const plain = pc.createColors(false);
const decided: ShownAuditDecision = {
  position: 17,
  recordedAt: '2026-11-21T10:42:00.000Z',
  attempt: 0,
  hostId: null,
  decision: {
    isolation: 'hyperv',
    refusal: null,
    policyVersion: 2,
    rules: [
      {
        id: 'tenant-hostile',
        effect: 'hyperv',
        outcome: 'fired',
        because: 'the tenant is hostile',
      },
      { id: 'elevated', effect: 'hyperv', outcome: 'silenced', because: 'it runs as root' },
      { id: 'requested', effect: 'hyperv', outcome: 'did-not-fire', because: null },
    ],
  },
  decidedAgain: { same: true, differences: [] },
  notDecidedAgainBecause: null,
};
const lines = (decision: ShownAuditDecision, decisionsTotal = 1) => {
  const { decidedAgain } = decision;
  const same = decidedAgain?.same === true;
  const shown = { workloadId: 'wl_1', tenantId: 'ten_1', decisionsTotal, same };
  return decisionLines({ ...shown, decisions: [decision] }, plain);
};

describe('decisions for a person', () => {
  it('say what came of each, by which rules, and that it comes out the same', () => {
    expect(lines(decided)).toEqual([
      'wl_1 of ten_1',
      '',
      '2026-11-21T10:42:00.000Z  at submission: isolation hyperv',
      '  position   17, policy 2',
      '  tenant-hostile: the tenant is hostile',
      '  off by policy: elevated: it runs as root',
      '  decided again from its inputs: the same',
    ]);
  });

  it('say what does not follow from what was recorded', () => {
    const differences = [{ part: 'isolation', recorded: 'process', again: 'hyperv' }];
    const forged = { ...decided, attempt: 2, hostId: 'host_1' };
    const told = lines({ ...forged, decidedAgain: { same: false, differences } });
    expect(told[2]).toContain('for attempt 2 on host_1');
    expect(told.slice(-2)).toEqual([
      '  decided again from its inputs: NOT the same',
      '    isolation: "process" is recorded, "hyperv" follows',
    ]);
  });

  it('say what cannot be decided again, and how many are not shown', () => {
    const because = 'it was not recorded then what a refusal was decided from';
    const refused = { ...decided, attempt: null, decision: null, decidedAgain: null };
    const told = lines({ ...refused, notDecidedAgainBecause: because }, 4);
    expect(told).toEqual([
      'wl_1 of ten_1',
      '  3 earlier decisions are not shown',
      '',
      '2026-11-21T10:42:00.000Z  refused: its grounds were not recorded',
      '  position   17',
      `  not decided again: ${because}`,
    ]);
  });
});
