import { batchDecider, type StreamId, taskWorkloadId } from '@bulkhead/domain';
import { executeCommand } from '@bulkhead/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../../apps/cli/src/program.js';
import { TcpProxy } from '../../postgres/tcp-proxy.js';
import { ApiUnderTest, submission } from './api-under-test.js';

const actor = { kind: 'system', id: 'test' } as const;
const metadata = { actor, correlationId: 'test', causationPosition: null };
const SOON = { timeout: 10_000, interval: 20 };
let api: ApiUnderTest;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  tenant = await api.tenant(await api.platformToken('operator'));
});
afterAll(() => api.stop());

/** A command that is under way, as somebody sees it. */
function running(url: string, isTTY: boolean, ...words: readonly string[]) {
  const told = { stdout: '', stderr: '' };
  const into = (stream: 'stdout' | 'stderr') => {
    const write = (text: string) => {
      told[stream] += text;
      return true;
    };
    const terminal = { cursorTo() {}, clearLine() {}, moveCursor() {}, columns: 100, on() {} };
    return { write, isTTY, ...terminal } as unknown as NodeJS.WriteStream;
  };
  const { clientId, clientSecret } = tenant.credential;
  const asTenant = ['--url', url, '--client-id', clientId, '--client-secret', clientSecret];
  const exitCode = runProgram([...words, ...asTenant], {
    environment: { NO_COLOR: '1' },
    streams: { stdout: into('stdout'), stderr: into('stderr') },
    signal: new AbortController().signal,
  });
  return { told, exitCode };
}

const submitted = async (): Promise<string> =>
  (await api.post('/v1/workloads', tenant.token, submission())).body.id;
const submittedBatch = async (count: number): Promise<string> => {
  const body = { name: 'nightly', taskDefaults: submission(), count };
  return (await api.post('/v1/batches', tenant.token, body)).body.id;
};
async function finish(id: string, index: number) {
  const workloadId = taskWorkloadId(id as `bat_${string}`, index);
  const tasks = [{ index, workloadId, outcome: 'succeeded' as const }];
  const command = { kind: 'report-tasks-finished', tasks, created: 2, nowMs: Date.now() } as const;
  const stream = { owner: tenant.id, stream: id as StreamId, decider: batchDecider };
  await executeCommand({ log: api.log, ...stream, metadata, command });
}

describe('somebody who watches a workload', () => {
  it('sees its events as they come, and by the exit code how it ended', async () => {
    const id = await submitted();
    const { told, exitCode } = running(api.url, false, 'workload', 'watch', id);
    await expect.poll(() => told.stdout, SOON).toContain('IsolationDecided');
    await api.post(`/v1/workloads/${id}/cancel`, tenant.token, { reason: 'enough' });
    expect(await exitCode).toBe(5);
    const rows = told.stdout.trimEnd().split('\n');
    expect(rows.map((row) => row.trim().split(/\s+/)[3])).toEqual([
      ...['WorkloadSubmitted', 'IsolationDecided', 'WorkloadCancelRequested', 'WorkloadCancelled'],
    ]);
    expect(rows[2]).toContain('reason=enough');
  });

  it('misses nothing and sees nothing twice when the connection breaks', async () => {
    const id = await submitted();
    const { proxy, url } = await TcpProxy.to(new URL(api.url));
    const watching = running(url.replace(/\/$/, ''), false, 'workload', 'watch', id, '--json');
    await expect.poll(() => watching.told.stdout, SOON).toContain('IsolationDecided');
    proxy.cut();
    await api.post(`/v1/workloads/${id}/cancel`, tenant.token);
    expect(await watching.exitCode).toBe(5);
    const messages = watching.told.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(messages.map(({ id: number }) => number)).toEqual([1, 2, 3, 4, undefined]);
    expect(messages.at(-1)).toEqual({ status: 'cancelled' });
    await proxy.close();
  });

  it('is told who asked where there is no such workload', async () => {
    const missing = running(api.url, false, 'workload', 'watch', `wl_${'0'.repeat(32)}`);
    expect(await missing.exitCode).toBe(3);
    expect(missing.told.stderr).toMatch(/WORKLOAD_NOT_FOUND \(404\).*asked as/);
  });
});

describe('somebody who watches a batch', () => {
  it('gets a line for each step where there is no terminal, and the batch at the end', async () => {
    const id = await submittedBatch(2);
    const { told, exitCode } = running(api.url, false, 'batch', 'watch', id);
    await expect.poll(() => told.stdout, SOON).toContain('0 of 2 (0 %)');
    await finish(id, 0);
    await expect
      .poll(() => told.stdout, SOON)
      .toContain('1 of 2 (50 %)  1 succeeded  done in about');
    await finish(id, 1);
    expect(await exitCode).toBe(0);
    expect(told.stdout).toContain(`${id}  succeeded  100 %`);
  });

  it('gets a bar on a terminal, and no lines beside it', async () => {
    const id = await submittedBatch(2);
    const { told, exitCode } = running(api.url, true, 'batch', 'watch', id);
    await expect.poll(() => told.stderr, SOON).toContain('0 of 2  running');
    await finish(id, 0);
    await finish(id, 1);
    expect(await exitCode).toBe(0);
    expect(told.stdout).not.toContain('(50 %)');
    expect(told.stdout.trimStart()).toMatch(new RegExp(`^${id} {2}succeeded {2}100 %`));
  });

  it('can read its result in sums', async () => {
    const id = await submittedBatch(2);
    const { told, exitCode } = running(api.url, false, 'batch', 'summary', id);
    expect(await exitCode).toBe(0);
    expect(told.stdout).toBe(
      `${id}  running  (so far)\n  tasks      2: 2 pending\n  attempts   0; 0 tasks had more than one, at most 0\n`,
    );
  });
});
