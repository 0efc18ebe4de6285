import {
  type BatchCommand,
  type BatchId,
  batchDecider,
  type RecordedEvent,
  type TenantId,
  taskWorkloadId,
  type WorkloadId,
  workloadDecider,
} from '@bulkhead/domain';
import { expect, it } from 'vitest';
import { idOf, request } from '../../../test/domain/builders.js';
import { submit } from '../../../test/domain/workload-history.js';
import { World } from '../../../test/domain/world.js';
import { checkLog } from './check-log.js';

const [first, second] = [1, 2].map((nr) => idOf('bat', nr) as BatchId) as [BatchId, BatchId];

/** A log of batches whose deciders were asked nothing that speaks against it. */
class Batches {
  readonly world = new World();
  readonly tenantId: TenantId = this.world.registerTenant('standard');

  act(batchId: BatchId, command: Partial<BatchCommand> & Pick<BatchCommand, 'kind'>): this {
    const full = { reason: null, nowMs: this.world.nowMs, ...command } as BatchCommand;
    this.world.run(batchDecider, batchId, this.tenantId, full);
    return this;
  }
  submit(batchId: BatchId, terms: object = {}): this {
    const limits = { maxParallel: null, maxFailures: null, contentSha256: '0'.repeat(64) };
    const of = { batchId, tenantId: this.tenantId, tasks: [request()], ...limits };
    return this.act(batchId, { kind: 'submit-batch', ...of, ...terms } as never);
  }
  task(batchId: BatchId): this {
    const workloadId: WorkloadId = taskWorkloadId(batchId, 0);
    const of = { workloadId, tenantId: this.tenantId, batch: { batchId, index: 0 } };
    const command = submit({}, { ...of, nowMs: this.world.nowMs });
    this.world.run(workloadDecider, workloadId, this.tenantId, command);
    return this;
  }
  async told(): Promise<readonly string[]> {
    const events: readonly RecordedEvent[] = this.world.log.events;
    const { violations } = await checkLog({ events });
    return violations.filter(({ check }) => check === 'batch-terms').map(({ detail }) => detail);
  }
}

it('nothing is said of a batch whose tasks are created while it runs', async () => {
  expect(await new Batches().submit(first).task(first).told()).toEqual([]);
});

it.each([
  ['waiting', (batches: Batches) => batches.submit(second, { after: [first] })],
  ['paused', (batches: Batches) => batches.submit(second).act(second, { kind: 'pause' })],
  ['cancelling', (batches: Batches) => batches.submit(second).act(second, { kind: 'cancel' })],
  [
    'overdue',
    (batches: Batches) => {
      const deadlineAtMs = batches.world.nowMs + 5;
      batches.submit(second, { deadlineAtMs });
      batches.world.nowMs = deadlineAtMs;
      return batches.act(second, { kind: 'pass-deadline' });
    },
  ],
  [
    'over',
    (batches: Batches) =>
      batches
        .submit(second)
        .act(second, { kind: 'cancel' })
        .act(second, { kind: 'report-tasks-finished', tasks: [], created: 0 }),
  ],
])('a task that is created while its batch is %s is found', async (status, lead) => {
  const told = await lead(new Batches().submit(first)).task(second).told();
  expect(told).toEqual([
    `${taskWorkloadId(second, 0)} becomes a workload while ${second} is ${status}`,
  ]);
});

it('a wait that ends otherwise than what it waited for is found', async () => {
  const waiting = () => new Batches().submit(first).submit(second, { after: [first] });
  expect(await waiting().act(second, { kind: 'end-wait', failed: null }).told()).toEqual([
    `it begins, but ${first} has not succeeded`,
  ]);
  expect(await waiting().act(second, { kind: 'end-wait', failed: first }).told()).toEqual([
    `it fails by ${first}, which has not failed`,
  ]);
});
