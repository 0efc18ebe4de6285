import { randomBytes } from 'node:crypto';
import { prefixedId, type TenantId, tenantDecider } from '@bulkhead/domain';
import { executeCommand, SLICE_MAX } from '@bulkhead/event-store';
import { InMemoryLog, unboundedWork } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TenantCaller } from '../auth/caller.js';
import { RecordedPosition } from '../consistency/recorded-position.js';
import { SubmissionAdmission } from '../limits/submission-admission.js';
import { BatchSubmission } from './batch.schema.js';
import { LargeBatches } from './large-batches.js';
import { SubmitBatch, SubmitBatchHandler } from './submit-batch.handler.js';

const TASKS = 2_000;
const clock = () => 1_750_000_000_000;
const taskDefaults = {
  image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
  resources: { cpuMillis: 50, memoryMiB: 64 },
};

let log: InMemoryLog;
let caller: TenantCaller;
/** The most contents that were sealed between two turns, and how many turns were given to others. */
let sealedAtOnceMax: number;
let turns: number;
let sealedInAll: number;
let handler: SubmitBatchHandler;

beforeEach(async () => {
  log = new InMemoryLog({ clock, newEventId: v7 });
  const tenantId: TenantId = prefixedId('ten', v7());
  const expiresAtMs = Number.POSITIVE_INFINITY;
  const recorded = new RecordedPosition();
  caller = {
    ...({ role: 'tenant', scopes: ['workloads:write'], correlationId: 'test' } as const),
    ...{ credentialId: prefixedId('cred', v7()), tenantId, expiresAtMs, recorded },
  };
  const tenant = { tenantId, name: 'A tenant', trust: 'trusted', boundaryGroup: null } as const;
  await executeCommand({
    ...{ log, owner: tenantId, stream: tenantId, decider: tenantDecider },
    metadata: {
      actor: { kind: 'operator', id: 'test' },
      ...{ correlationId: 'test', causationPosition: null },
    },
    command: { kind: 'register-tenant', ...tenant, nowMs: clock() },
  });
  sealedAtOnceMax = 0;
  turns = 0;
  sealedInAll = 0;
  let sealed = 0;
  const salt = (count: number) => {
    sealed += 1;
    sealedInAll += 1;
    sealedAtOnceMax = Math.max(sealedAtOnceMax, sealed);
    return randomBytes(count);
  };
  const nextTurn = async () => {
    turns += 1;
    sealed = 0;
  };
  const admission = new SubmissionAdmission(log, () => Promise.reject(new Error('no limits')));
  const openWork = unboundedWork();
  handler = new SubmitBatchHandler(
    ...([log, clock, v7, salt, admission, openWork, new LargeBatches(), nextTurn] as const),
  );
});

const submit = (batch: object) =>
  handler.execute(
    new SubmitBatch(
      caller,
      BatchSubmission.parse({ name: 'nightly', taskDefaults, ...batch }),
      null,
    ),
  );

describe('a large batch', () => {
  it('is checked and sealed in slices, so that nobody waits for more than one of them', async () => {
    const tasks = Array.from({ length: TASKS }, (_, index) => ({ args: [`${index}`] }));
    const { body } = await submit({ tasks });
    expect(body.taskCount).toBe(TASKS);
    expect(sealedAtOnceMax).toBeLessThanOrEqual(SLICE_MAX.items + 1);
    // Once while its tasks are checked, and once while they are sealed.
    expect(turns).toBeGreaterThanOrEqual((2 * TASKS) / SLICE_MAX.items);
    const content = await log.readContent(caller.tenantId, body.id as `bat_${string}`, TASKS);
    expect(content).toMatchObject({ args: [`${TASKS - 1}`] });
  });

  it('waits for the one that its tenant sent before it, which a small one does not', async () => {
    const answered: string[] = [];
    const send = async (name: string, count: number) => {
      await submit({ name, count });
      answered.push(name);
    };
    const first = send('first', TASKS);
    const second = send('second', TASKS);
    await send('small', 1);
    expect(answered).toEqual(['small']);
    await first;
    // Of the second nothing but a slice can have been sealed meanwhile.
    expect(sealedInAll).toBeLessThan(TASKS + 2 * SLICE_MAX.items);
    await second;
    expect(answered).toEqual(['small', 'first', 'second']);
  });

  it('is refused as too large before more of it was put together than it may have', async () => {
    const fields = Array.from({ length: 16 }, () => 'x'.repeat(1_000));
    const tasks = Array.from({ length: TASKS }, () => ({ args: fields }));
    await expect(submit({ tasks })).rejects.toMatchObject({ facts: { code: 'BATCH_TOO_LARGE' } });
    const count = { taskDefaults: { ...taskDefaults, args: fields }, count: TASKS };
    await expect(submit(count)).rejects.toMatchObject({ facts: { code: 'BATCH_TOO_LARGE' } });
    expect(sealedAtOnceMax).toBe(0);
  });
});
