import { randomBytes } from 'node:crypto';
import type { AttemptFailed, StreamId, TenantId, WorkloadRequest } from '@bulkhead/domain';
import { AlteredContent } from '@bulkhead/event-store';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { DriverError, type HostDriver } from '@bulkhead/hypervisor';
import { InProcessDriver } from '@bulkhead/hypervisor/simulated';
import { v7 } from 'uuid';
import { afterEach, describe, expect, it } from 'vitest';
import { copyTaskContent } from './batches/task-content.js';
import { realClock } from './real-time.js';
import { Installation, someRequest } from './worker-in-process.contract.js';

/** As somebody submits who says what to run; nothing lies beside the log, so it was erased since. */
const erased: Partial<WorkloadRequest> = {
  hasContent: true,
  restartPolicy: { maxAttempts: 3, backoffSeconds: 0 },
};

let installation = new Installation();

afterEach(async () => {
  await installation.stop();
  installation = new Installation();
});

/** Content that is erased as soon as it has been read once. */
class ErasedAfterTheFirstRead extends InMemoryLog {
  private reads = 0;

  override async readContent(): Promise<unknown> {
    this.reads += 1;
    return this.reads === 1 ? { args: ['--input', 'orders.csv'] } : null;
  }
}

/** The first start that is asked of the host does not reach it. */
function losingTheFirstStart(driver: HostDriver, lost: { first: boolean }): HostDriver {
  return new Proxy(driver, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (name !== 'start' || lost.first) return member.apply(target, args);
        lost.first = true;
        return Promise.reject(new DriverError('UNREACHABLE', 'silence'));
      };
    },
  });
}

/** Somebody changed every content beside the log. */
class Altered extends InMemoryLog {
  override async readContent(tenant: TenantId, stream: StreamId, part = 0, sha256?: string) {
    if (sha256 !== undefined) throw new AlteredContent(stream, part);
    return { args: ['--delete', `${tenant}`] };
  }
}

describe('a workload whose content was changed beside the log', () => {
  it('does not run it, says why and is not tried again', async () => {
    installation = new Installation(new Altered({ clock: realClock, newEventId: v7 }));
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, erased);
    const state = await installation.reaches(tenant, workload, 'failed');
    expect(state.past).toHaveLength(0);
    expect(installation.ran(workload, 'create')).toEqual([]);
    const history = await installation.history(tenant, workload);
    const failed = history.find(({ event }) => event.type === 'AttemptFailed')?.event;
    const { detail } = (failed as AttemptFailed).payload;
    expect(detail).toContain('it was changed beside the log');
  });

  it('is not made to look like what was sent by becoming a task’s workload', async () => {
    const log = new Altered({ clock: realClock, newEventId: v7 });
    const from = { tenantId: 'ten_1', batchId: 'bat_1', index: 0, sha256: '0'.repeat(64) } as const;
    expect(await copyTaskContent(log, randomBytes, from, 'wl_1')).toMatchObject({ rows: [] });
  });
});

describe('a workload whose content was erased', () => {
  it('runs nothing in its place, says why and is not tried again', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, erased);
    const state = await installation.reaches(tenant, workload, 'failed');
    expect(state.past).toHaveLength(0);
    expect(state.current?.failure).toEqual({ cause: 'content-erased', counted: true });
    expect(installation.ran(workload, 'create')).toEqual([]);
    const history = await installation.history(tenant, workload);
    const failed = history.find(({ event }) => event.type === 'AttemptFailed')?.event;
    const { detail } = (failed as AttemptFailed).payload;
    expect(detail).toBe('CONTENT_ERASED: what it would run was erased before it started');
  });

  it('runs nothing in its place either where it was a task that had not become a workload yet', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const tasks = [someRequest(erased), someRequest()];
    const batchId = await installation.submitBatch(tenant, tasks);
    await installation.until(
      () => installation.batch(tenant, batchId),
      ({ status }) => status === 'failed',
    );
    const started = installation.journal.filter(({ kind }) => kind === 'start');
    expect(started).toHaveLength(1);
  });

  it('goes on where its host was given it before', async () => {
    installation = new Installation(
      new ErasedAfterTheFirstRead({ clock: realClock, newEventId: v7 }),
    );
    await installation.install();
    const lost = { first: false };
    const driverFor = (host: ConstructorParameters<typeof InProcessDriver>[1]) =>
      losingTheFirstStart(new InProcessDriver(installation.simulated, host), lost);
    installation.sources = { drivers: { driverFor } };
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, { hasContent: true });
    await installation.reaches(tenant, workload, 'succeeded');
    expect(lost.first).toBe(true);
    expect(installation.ran(workload, 'create')).toHaveLength(1);
    expect(installation.ran(workload, 'start')).toHaveLength(1);
  });

  it('is another one than a workload that never had any, which runs what its image says', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant);
    await installation.reaches(tenant, workload, 'succeeded');
  });
});
