import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { exitCodeOfWait } from './exit-code-of.js';
import {
  type ShownWorkload,
  whyNoLogs,
  workloadLines,
  workloadListLines,
} from './workload-lines.js';

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
const decision: NonNullable<ShownWorkload['decision']> = {
  isolation: 'process',
  boundary: 'own:ten_1',
  reasons: [],
  silenced: [],
  warnings: [],
  policyVersion: 1,
};
const hyperv = (rule: string, because: string) => ({ rule, effect: 'hyperv', because });
const workload = (some: Partial<ShownWorkload>): ShownWorkload => ({
  id: 'wl_1',
  status: 'failed',
  image: 'example/app:1',
  decision,
  refusal: null,
  cancelRequested: false,
  waitingFor: [],
  attempts: [],
  submittedAt: '2026-11-21T10:42:00.000Z',
  endedAt: null,
  ...some,
});

describe('workloads, for a person', () => {
  it('are a row each, with status, time and image', () => {
    const shown = [workload({}), workload({ id: 'wl_2', status: 'running' })];
    expect(workloadListLines(shown, plain)).toEqual([
      'wl_1  failed  2026-11-21T10:42:00.000Z  example/app:1',
      'wl_2  running  2026-11-21T10:42:00.000Z  example/app:1',
    ]);
    expect(workloadListLines([], plain)).toEqual(['no workload matches']);
  });

  it('say when they were cancelled, and why where that was said', () => {
    const since = '2026-11-21T10:43:00.000Z';
    const of = (reason: string | null) =>
      workloadLines(workload({ status: 'cancelled', cancelled: { since, reason } }), plain);
    expect(of('too late')).toContain(`  cancelled  ${since}: too late`);
    expect(of(null)).toContain(`  cancelled  ${since}`);
    const others = [workload({ cancelled: null }), workload({})];
    for (const other of others) expect(workloadLines(other, plain).join()).not.toMatch('cancelled');
  });
});

describe('a workload of which nothing is shown that it wrote', () => {
  it.each([
    [{ status: 'waiting' }, {}, 'wl_1 is waiting: it has not run yet; --follow waits for it'],
    [{ status: 'rejected' }, {}, 'wl_1 is rejected: it never ran'],
    [{ status: 'waiting' }, { attempt: 1 }, 'there is no attempt 1 of wl_1: none has begun'],
    [{ attempts: [attempt({})] }, { attempt: 9 }, 'there is no attempt 9 of wl_1: it has had 1'],
    [
      { attempts: [attempt({})] },
      { stream: 'stderr' },
      'wl_1 (failed) has written nothing to stderr that is kept',
    ],
  ])('says why: %j asked %j', (some, asked, sentence) => {
    expect(whyNoLogs(workload(some), asked)).toBe(sentence);
  });
});

describe('a workload, for a person', () => {
  it('shows what it was given to run, without what variables hold', () => {
    const content = {
      command: ['cmd', '/c', 'say hello'],
      args: [],
      env: { PASSWORD: 'hunter2' },
      labels: { team: 'billing', stage: 'test' },
    };
    expect(workloadLines(workload({ content }), plain).slice(1, 5)).toEqual([
      '  image      example/app:1',
      '  command    cmd /c "say hello"',
      '  env        PASSWORD',
      '  labels     team=billing, stage=test',
    ]);
  });

  it('says why it shares a kernel where no rule speaks against it', () => {
    expect(workloadLines(workload({}), plain)).toContain(
      '  because    nothing raised it: no rule asked for a utility VM',
    );
    const reasons = [hyperv('tenant-hostile', 'the tenant is hostile')];
    const raised = { ...decision, isolation: 'hyperv', reasons };
    const text = workloadLines(workload({ decision: raised }), plain).join('\n');
    expect(text).toContain('  because    tenant-hostile: the tenant is hostile');
    expect(text).not.toContain('nothing raised it');
  });

  it('names what a rule would have asked for that policy has switched off, and does not say that none asked', () => {
    const silenced = [hyperv('open-advisory', 'an open advisory breaks the shared kernel')];
    const lines = workloadLines(workload({ decision: { ...decision, silenced } }), plain);
    expect(lines.slice(3, 5)).toEqual([
      '  because    nothing raised it: no rule that is on asked for it',
      '  silenced   off by policy: open-advisory: an open advisory breaks the shared kernel',
    ]);
  });

  it('passes on what the decision warns of', () => {
    const warnings = [{ code: 'client-host', because: 'the host runs a client edition' }];
    expect(workloadLines(workload({ decision: { ...decision, warnings } }), plain)).toContain(
      '  warning    client-host: the host runs a client edition',
    );
  });

  it('names an earlier decision as the reason only where no rule asks for the wall by itself', () => {
    const earlier = hyperv('never-lowered', 'an earlier decision gave this workload a utility VM');
    const requested = hyperv('requested', 'the submission asked for a utility VM');
    const because = (reasons: readonly ReturnType<typeof hyperv>[]) =>
      workloadLines(workload({ decision: { ...decision, isolation: 'hyperv', reasons } }), plain)
        .filter((line) => line.startsWith('  because'))
        .map((line) => line.split(/\s+|:/)[2]);
    expect(because([requested, earlier])).toEqual(['requested']);
    expect(because([earlier])).toEqual(['never-lowered']);
  });

  it('that is to be cancelled says so until it has ended', () => {
    const cancelRequested = true;
    const [under] = workloadLines(workload({ status: 'running', cancelRequested }), plain);
    expect(under).toBe('wl_1  running, cancel requested');
    const [over] = workloadLines(workload({ status: 'cancelled', cancelRequested }), plain);
    expect(over).toBe('wl_1  cancelled');
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
