import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { batchLines, batchListLines, type ShownBatch, taskLines } from './batch-lines.js';

const plain = pc.createColors(false);
const shown: ShownBatch = {
  id: 'bat_1',
  name: 'nightly report',
  status: 'failed',
  taskCount: 3,
  counts: { succeeded: 1, failed: 1, cancelled: 0, 'timed-out': 0, rejected: 0 },
  unfinished: 0,
  skipped: 1,
  progress: 2 / 3,
  estimatedEndAt: null,
  deadline: null,
  after: [],
  failure: { because: 'tasks', predecessor: null },
  firstFailures: [{ index: 1, workloadId: 'wl_1' }],
  paused: null,
  retryOf: 'bat_0',
  retriedBy: 'bat_2',
  submittedAt: '2026-11-21T10:42:00.000Z',
  endedAt: '2026-11-21T10:43:00.000Z',
};

describe('batches for a person', () => {
  it('say how many tasks came to what, and which failed first', () => {
    expect(batchLines(shown, plain)).toEqual([
      'bat_1  failed  66 %  2026-11-21T10:42:00.000Z  nightly report',
      '  tasks      3: 1 succeeded, 1 failed, 1 skipped',
      '  failed     task 1: wl_1',
      '  why        bulkhead batch summary bat_1',
      '  retries    bat_0; a retry has no deadline and comes after nothing',
      '  retried by bat_2',
      '  submitted  2026-11-21T10:42:00.000Z',
      '  ended      2026-11-21T10:43:00.000Z',
    ]);
  });

  it('say when they were cancelled, and why where that was said', () => {
    const since = '2026-11-21T10:43:00.000Z';
    const cancelled = { ...shown, status: 'cancelled', cancelled: { since, reason: 'too late' } };
    expect(batchLines(cancelled, plain)[3]).toBe(`  cancelled  ${since}: too late`);
    expect(batchLines({ ...shown, cancelled: null }, plain).join()).not.toContain('cancelled  ');
  });

  it('say since when they are paused, and why where that was said', () => {
    const since = '2026-11-21T10:42:30.000Z';
    const lineOf = (reason: string | null) =>
      batchLines({ ...shown, status: 'paused', paused: { since, reason } }, plain)[3];
    expect(lineOf('bad input')).toBe(`  paused     ${since}: bad input`);
    expect(lineOf(null)).toBe(`  paused     ${since}`);
  });

  it('say what they wait for, how long they have, and why they failed', () => {
    const open = { ...shown, failure: null, retryOf: null, retriedBy: null, endedAt: null };
    const waiting = { ...open, firstFailures: [], after: ['bat_8', 'bat_9'] };
    const times = {
      deadline: '2026-11-21T12:00:00.000Z',
      estimatedEndAt: '2026-11-21T11:00:00.000Z',
    };
    expect(batchLines({ ...waiting, ...times }, plain).slice(2)).toEqual([
      '  after      bat_8',
      '  after      bat_9',
      '  submitted  2026-11-21T10:42:00.000Z',
      '  deadline   2026-11-21T12:00:00.000Z',
      '  estimated  2026-11-21T11:00:00.000Z',
    ]);
    const failures = [
      { because: 'deadline', predecessor: null },
      { because: 'predecessor', predecessor: 'bat_9' },
    ];
    const lines = failures.map((failure) => batchLines({ ...waiting, failure }, plain)[2]);
    expect(lines).toEqual([
      '  because    its deadline passed',
      '  because    bat_9 did not succeed',
    ]);
  });

  it('estimate no end of what has ended', () => {
    const ended = { ...shown, estimatedEndAt: '2026-11-21T11:00:00.000Z' };
    expect(batchLines(ended, plain).join()).not.toContain('estimated');
  });

  it('take a row each in a list, also where a name was erased', () => {
    const [line] = batchListLines([{ ...shown, name: null }], plain);
    expect(line).toBe('bat_1  failed  66 %  2026-11-21T10:42:00.000Z  (name erased)');
    expect(batchListLines([], plain)).toEqual(['no batch matches']);
  });

  it('show their tasks by index, with a workload where there is one', () => {
    const tasks = [
      { index: 0, workloadId: 'wl_1', status: 'running', outcome: null },
      { index: 12, workloadId: null, status: 'pending', outcome: null },
    ];
    const lines = taskLines(tasks, plain);
    expect(lines[0]).toBe('    0  wl_1  running');
    expect(lines[1]).toMatch(/^ {3}12 {2}- +pending$/);
    expect(taskLines([], plain)).toEqual(['no task matches']);
  });
});
