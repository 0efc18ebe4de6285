import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { failureLines, queueLines, type ShownQueue } from './queue-lines.js';

const colors = pc.createColors(false);
const stops: ShownQueue = {
  name: 'stops',
  status: 'working',
  datastore: 'redis',
  jobs: { waiting: 0, active: 1, delayed: 12, failed: 0 },
  oldestWaitingSeconds: 0,
  failures: [],
  toldAt: '2026-11-22T10:42:00.000Z',
  toldSecondsAgo: 1.2,
  advice: null,
};
const starts: ShownQueue = {
  ...stops,
  name: 'starts',
  jobs: { waiting: 70, active: 50, delayed: 3, failed: 2 },
  oldestWaitingSeconds: 61.4,
  advice: 'Once the cause is gone: retry.',
  failures: [
    {
      kind: 'start-workload',
      workload: 'wl_1',
      host: null,
      failedAt: '2026-11-22T10:41:00.000Z',
      tries: 8,
      reason: 'the host did not answer',
    },
  ],
};

describe('queues for a person', () => {
  it('stand one a row, with what is to be done below it', () => {
    expect(queueLines([stops, starts], colors)).toEqual([
      'stops   working  0 waiting, 1 active, 12 delayed, 0 failed, in redis',
      'starts  working  70 waiting (up to 61 s), 50 active, 3 delayed, 2 failed, in redis',
      '  Once the cause is gone: retry.',
    ]);
    expect(queueLines([], colors)).toEqual(['no worker has told of its queues yet']);
  });

  it('are told once what is to be done about several that stand one below the other', () => {
    const silent = { ...stops, status: 'silent', advice: 'Start a worker.' } as const;
    const lines = queueLines([{ ...silent, name: 'hosts' }, silent, starts], colors);
    expect(lines.filter((line) => line.startsWith('  '))).toEqual([
      '  Start a worker.',
      '  Once the cause is gone: retry.',
    ]);
    expect(lines[2]).toBe('  Start a worker.');
  });

  it('say of when the figures are where nobody can know better', () => {
    expect(queueLines([{ ...stops, status: 'silent' }], colors)).toEqual([
      'stops  silent  0 waiting, 1 active, 12 delayed, 0 failed, as of 2026-11-22T10:42:00.000Z',
    ]);
  });

  it('say how old the figures are as soon as workers should have told again', () => {
    expect(queueLines([{ ...stops, toldSecondsAgo: 8.3 }], colors)).toEqual([
      'stops  working  0 waiting, 1 active, 12 delayed, 0 failed, in redis as told 8 s ago',
    ]);
  });

  it('name what failed for good, and how much more did', () => {
    expect(failureLines(starts)).toEqual([
      '2026-11-22T10:41:00.000Z  start-workload of wl_1, after 8 tries',
      '  the host did not answer',
      'and 1 more that failed earlier',
    ]);
    expect(failureLines(stops)).toEqual([]);
  });
});
