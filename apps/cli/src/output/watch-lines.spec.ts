import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { batchResultLines } from './batch-result-lines.js';
import { progressFigures, progressLine, watchedEventLine } from './watch-lines.js';

const plain = pc.createColors(false);
const recordedAt = '2026-11-21T10:42:00.000Z';
const batch = {
  ...{ status: 'running', taskCount: 100, progress: 0.25, estimatedEndAt: null },
  counts: { succeeded: 22, failed: 3, cancelled: 0 },
};
const finished = { type: 'BatchTasksFinished', recordedAt, reason: null, tasks: [], batch };
const endingAt = (estimatedEndAt: string) => ({ ...finished, batch: { ...batch, estimatedEndAt } });

describe('an event of a workload that is watched', () => {
  it('takes a row of its own, cut to the terminal', () => {
    const event = { id: 3, type: 'WorkloadCancelRequested', occurredAt: recordedAt, recordedAt };
    const startMs = Date.parse(recordedAt) - 1_234;
    const line = (width: number) =>
      watchedEventLine({ ...event, payload: { reason: 'enough' } }, startMs, plain, width);
    expect(line(200)).toBe('  3     +1234 ms  WorkloadCancelRequested     reason=enough');
    expect(line(30)).toHaveLength(30);
  });
});

describe('the progress of a batch that is watched', () => {
  it('is told with what has finished, and what else happened', () => {
    expect(progressLine(finished)).toBe(
      `${recordedAt}  running  25 of 100 (25 %)  22 succeeded, 3 failed`,
    );
    const paused = { ...finished, type: 'BatchPaused', reason: 'bad input' };
    expect(progressLine(paused)).toMatch(/ {2}BatchPaused: bad input$/);
  });

  it('says how long it takes as exactly as an estimate deserves', () => {
    const told = [
      '2026-11-21T10:43:10.500Z',
      '2026-11-21T11:30:01.000Z',
      '2026-11-21T15:00:00.000Z',
    ];
    expect(told.map((at) => progressFigures(endingAt(at)).left)).toEqual([
      ...['about 71 s left', 'about 49 min left', 'about 5 h left'],
    ]);
    expect(progressFigures(finished)).toEqual({ status: 'running', failed: 3, left: '' });
  });

  it('says nothing of how long it takes once all is done', () => {
    const going = endingAt('2026-11-21T10:43:10.500Z');
    expect(progressLine(going)).toContain('done in about');
    for (const over of [{ progress: 1 }, { status: 'failed' }]) {
      const ended = { ...going, batch: { ...going.batch, ...over } };
      expect(progressLine(ended)).not.toContain('done in about');
      expect(progressFigures(ended).left).toBe('');
    }
  });
});

describe('the result of a batch', () => {
  it('has a line for each thing that there is', () => {
    const spread = { min: 1, median: 2, p95: 3, max: 4 };
    const failure = { index: 7, workloadId: 'wl_7', status: 'failed', cause: 'exit-code' };
    const lines = batchResultLines({
      ...{ id: 'bat_1', status: 'failed', isFinal: true, taskCount: 3 },
      statuses: { succeeded: 2, failed: 1 },
      exitCodes: [{ exitCode: 9, tasks: 1 }],
      attempts: { total: 4, most: 2, retried: 1 },
      ...{ ranMs: spread, tookMs: null },
      firstFailures: [{ ...failure, exitCode: 9, attempts: 2 }],
    });
    expect(lines).toEqual([
      'bat_1  failed',
      '  tasks      3: 2 succeeded, 1 failed',
      '  exit code  9: 1 task',
      '  attempts   4; 1 task had more than one, at most 2',
      '  ran        1 to 4 ms, median 2, 95 % within 3',
      '  failed  task 7: wl_7, exit-code, exit code 9, 2 attempts',
    ]);
  });
});
