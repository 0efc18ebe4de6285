import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { consumerLines, type ShownConsumer, skipLines } from './consumer-lines.js';

const colors = pc.createColors(false);
const working: ShownConsumer = {
  name: 'dispatch',
  status: 'working',
  position: 40,
  lagEvents: 0,
  lagSeconds: 0,
  projection: null,
  isRebuilding: false,
  skippedEvents: 0,
  trouble: null,
};
const stopped: ShownConsumer = {
  ...working,
  name: 'workloads@1',
  status: 'stopped',
  position: 16,
  lagEvents: 24,
  lagSeconds: 61.4,
  projection: 'workloads',
  skippedEvents: 1,
  trouble: {
    position: 17,
    stream: 'wl_1',
    type: 'WorkloadSubmitted',
    reason: 'BrokenInvariant: bad',
    advice: 'Repair it.',
    since: '2026-11-21T10:42:00.000Z',
    stoppedAt: '2026-11-21T10:42:00.000Z',
    tries: 1,
    maySkip: true,
  },
};

describe('consumers for a person', () => {
  it('stand one a row, with what keeps one from going on below it', () => {
    expect(consumerLines([working, stopped], colors)).toEqual([
      'dispatch     working  position 40, at the head',
      'workloads@1  stopped  position 16, 24 events behind (61 s), 1 skipped',
      '  stopped before position 17 (WorkloadSubmitted of wl_1) since 2026-11-21T10:42:00.000Z',
      '  BrokenInvariant: bad',
      '  Repair it.',
    ]);
    expect(consumerLines([], colors)).toEqual(['no consumer has run yet']);
  });
});

describe('a consumer that nobody works for', () => {
  it('is not shown as one that has nothing to do', () => {
    const idle = { ...working, status: 'idle', lagEvents: 2, lagSeconds: 8 } as const;
    expect(consumerLines([idle], colors)).toEqual([
      'dispatch  idle     position 40, 2 events behind (8 s)',
      '  no worker works for it: one takes over within five seconds; where none does, start a worker',
    ]);
  });
});

describe('a consumer that was tried again in vain', () => {
  it('shows how often and when last, so that the operator sees that it was', () => {
    const stoppedAt = '2026-11-21T10:50:00.000Z';
    const trouble = stopped.trouble && { ...stopped.trouble, tries: 3, stoppedAt };
    expect(consumerLines([{ ...stopped, trouble }], colors)[1]).toBe(
      '  stopped before position 17 (WorkloadSubmitted of wl_1) since 2026-11-21T10:42:00.000Z, tried 3 times, last at 2026-11-21T10:50:00.000Z',
    );
  });
});

describe('a skip that nobody has confirmed', () => {
  it('says what it would do to a read model, and how that is repaired', () => {
    const text = skipLines('workloads@1', [stopped], 17).join('\n');
    expect(text).toContain('leaves WorkloadSubmitted of wl_1 out of workloads@1 for good');
    expect(text).toContain('may be wrong for wl_1 until it is rebuilt');
    expect(text).toContain('bulkhead projection rebuild workloads.');
    expect(text).toContain('Nothing was done yet: say --yes');
  });

  it('says what it would do to the jobs', () => {
    const { trouble } = stopped;
    const text = skipLines('dispatch', [{ ...working, status: 'stopped', trouble }], 17).join('\n');
    expect(text).toContain('The jobs that it asks for are not made');
  });

  it.each([
    ['workloads', 17, 'There is no consumer workloads. There are dispatch, workloads@1.'],
    ['dispatch', 17, 'dispatch is not stopped (working), so nothing can be skipped.'],
    ['workloads@1', 16, 'workloads@1 is stopped before position 17, not 16.'],
  ])('says why it cannot be: %s', (name, position, sentence) => {
    expect(skipLines(name, [working, stopped], position)).toEqual([sentence]);
  });

  it('says that what waits for a newer version cannot be skipped', () => {
    const trouble = stopped.trouble && { ...stopped.trouble, maySkip: false };
    const waiting = { ...stopped, status: 'waiting' as const, trouble };
    expect(skipLines('workloads@1', [waiting], 17)).toEqual([
      'workloads@1 is waiting before position 17, which cannot be skipped.',
    ]);
  });
});
