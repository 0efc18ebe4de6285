import { describe, expect, it } from 'vitest';
import { attemptStageTable, nextStage } from './attempt-stages.js';
import type { AttemptStage } from './state.js';

type EventType = Parameters<typeof nextStage>[1];

const events: readonly EventType[] = [
  'StartAuthorized',
  'ComputeSystemStarted',
  'ComputeSystemStartFailed',
  'ComputeSystemExited',
  'ComputeSystemLost',
  'ComputeSystemReleased',
];

/** A row for each stage, a column for each event in the order above; a dash where it cannot happen. */
const expected: Readonly<Record<AttemptStage, readonly string[]>> = {
  placed: ['authorized', '-', '-', '-', 'lost', 'released'],
  authorized: ['authorized', 'started', 'start-failed', 'exited', 'lost', 'released'],
  started: ['-', '-', '-', 'exited', 'lost', '-'],
  'start-failed': ['-', '-', '-', '-', '-', 'released'],
  exited: ['-', '-', '-', '-', '-', 'released'],
  lost: ['-', '-', '-', '-', '-', 'released'],
  released: ['-', '-', '-', '-', '-', '-'],
};

describe('how far an attempt can come', () => {
  it.each(Object.entries(expected))('from stage %s', (stage, row) => {
    const found = events.map((type) => nextStage(stage as AttemptStage, type) ?? '-');
    expect(found).toEqual(row);
  });

  it('has a row for every stage and no event that is not listed here', () => {
    expect(Object.keys(attemptStageTable).sort()).toEqual(Object.keys(expected).sort());
    const named = Object.values(attemptStageTable).flatMap((row) => Object.keys(row));
    expect(new Set(named)).toEqual(new Set(events));
  });

  it('reaches `released` from every stage, so that nothing is held for ever', () => {
    for (const stage of Object.keys(expected) as AttemptStage[]) {
      const reached = new Set<AttemptStage>([stage]);
      for (const from of reached) {
        for (const to of Object.values(attemptStageTable[from])) reached.add(to);
      }
      expect(reached, stage).toContain('released');
    }
  });
});
