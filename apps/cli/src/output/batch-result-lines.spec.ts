import { expect, it } from 'vitest';
import { batchResultLines, type ShownBatchResult } from './batch-result-lines.js';

const RESULT: ShownBatchResult = {
  ...{ id: 'bat_1', status: 'failed', isFinal: true, taskCount: 3 },
  statuses: { succeeded: 1, failed: 1, 'timed-out': 1 },
  exitCodes: [
    { exitCode: 0, tasks: 2 },
    { exitCode: 0x80370107, tasks: 1 },
  ],
  attempts: { total: 3, most: 1, retried: 0 },
  ranMs: { min: 10, median: 20, p95: 30, max: 30 },
  tookMs: null,
  firstFailures: [
    {
      ...{ index: 1, workloadId: 'wl_1', status: 'failed' },
      ...{ cause: 'exit-code', exitCode: 9, attempts: 1 },
    },
    {
      ...{ index: 2, workloadId: 'wl_2', status: 'timed-out' },
      ...{ cause: null, exitCode: 0x80370107, attempts: 1 },
    },
  ],
};

it('what a batch came to says why each first task did not succeed, and what codes of Windows mean', () => {
  expect(batchResultLines(RESULT)).toEqual([
    'bat_1  failed',
    '  tasks      3: 1 succeeded, 1 failed, 1 timed-out',
    '  exit code  0: 2 tasks',
    '  exit code  2151088391 (0x80370107, it was forced to end): 1 task',
    '  attempts   3; 0 tasks had more than one, at most 1',
    '  ran        10 to 30 ms, median 20, 95 % within 30',
    '  failed  task 1: wl_1, exit-code, exit code 9, 1 attempt',
    '  timed-out  task 2: wl_2, its time was over, exit code 2151088391 (0x80370107, it was forced to end), 1 attempt',
  ]);
});
