import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { exitCodeOfWait } from './exit-code-of.js';
import { type ShownWorkload, workloadLines } from './workload-lines.js';

const plain = pc.createColors(false);
type Attempt = ShownWorkload['attempts'][number];

const attempt = (some: Partial<Attempt>): Attempt => ({
  attempt: 1,
  stage: 'released',
  isolation: 'process',
  hostId: 'host_7',
  exitCode: null,
  exitType: null,
  startFailure: null,
  loss: null,
  eviction: null,
  deadlineExceeded: false,
  failure: null,
  timings: [],
  ...some,
});
const workload = (some: Partial<ShownWorkload>): ShownWorkload => ({
  id: 'wl_1',
  status: 'failed',
  image: 'example/app:1',
  decision: { isolation: 'process', boundary: 'own:ten_1', reasons: [], policyVersion: 1 },
  refusal: null,
  waitingFor: [],
  attempts: [],
  submittedAt: '2026-11-21T10:42:00.000Z',
  endedAt: null,
  ...some,
});

describe('a workload, for a person', () => {
  it('says why it shares a kernel where no rule speaks against it', () => {
    expect(workloadLines(workload({}), plain)).toContain(
      '  because    nothing raised it: no rule asked for a utility VM',
    );
    const reasons = [{ rule: 'tenant-hostile', because: 'the tenant is hostile' }];
    const raised = { isolation: 'hyperv', boundary: 'own:ten_1', reasons, policyVersion: 1 };
    const text = workloadLines(workload({ decision: raised }), plain).join('\n');
    expect(text).toContain('  because    tenant-hostile: the tenant is hostile');
    expect(text).not.toContain('nothing raised it');
  });

  it.each<[string, Partial<Attempt>]>([
    [
      'lost: host rebooted, does not count',
      { loss: 'host-rebooted', failure: { cause: 'lost', counted: false } },
    ],
    [
      'evicted: trust changed, does not count',
      {
        eviction: 'trust-changed',
        exitCode: 1,
        exitType: 'ForcedExit',
        failure: { cause: 'evicted', counted: false },
      },
    ],
    [
      'exit code 3',
      { exitCode: 3, exitType: 'GracefulExit', failure: { cause: 'exit-code', counted: true } },
    ],
    [
      'crash: UnexpectedExit, exit code 5',
      { exitCode: 5, exitType: 'UnexpectedExit', failure: { cause: 'crash', counted: true } },
    ],
    [
      'start failed: 0xC0370106: The host is out of memory.',
      {
        startFailure: { code: '0xC0370106', detail: 'The host is out of memory.' },
        failure: { cause: 'start-failed', counted: true },
      },
    ],
    [
      'ran longer than its time limit',
      { deadlineExceeded: true, exitCode: 1, exitType: 'ForcedExit' },
    ],
    ['exit code 0', { exitCode: 0, exitType: 'GracefulExit' }],
  ])('says how an attempt ended: %s', (end, some) => {
    expect(workloadLines(workload({ attempts: [attempt(some)] }), plain)).toContain(
      `  attempt 1  released on host_7 as process, ${end}`,
    );
  });
});

describe('the exit code of a wait', () => {
  it.each([
    ['succeeded', 0],
    ['failed', 5],
    ['timed-out', 5],
    ['cancelled', 5],
    ['rejected', 3],
    ['running', 4],
  ])('for a workload that is %s is %i', (status, code) => {
    expect(exitCodeOfWait(workload({ status }))).toBe(code);
  });
});
