import { type BatchId, batchDecider, type TaskOutcome, taskWorkloadId } from '@bulkhead/domain';
import type { ApiUnderTest } from './api-under-test.js';

/** What a worker would say of a batch of which no more than these tasks were created. */
export async function reportOutcomes(
  { log }: ApiUnderTest,
  tenantId: Awaited<ReturnType<ApiUnderTest['tenant']>>['id'],
  batch: BatchId,
  outcomes: readonly TaskOutcome[],
): Promise<void> {
  const { state, version } = await log.readState(tenantId, batch, batchDecider);
  const tasks = outcomes.map((outcome, index) => {
    return { index, outcome, workloadId: taskWorkloadId(batch, index) };
  });
  const told = { kind: 'report-tasks-finished', tasks, created: tasks.length } as const;
  const decided = batchDecider.decide({ ...told, nowMs: Date.now() }, state);
  if (!decided.accepted) throw new Error('the end of tasks was refused');
  const { events } = decided;
  const actor = { kind: 'system', id: 'test' } as const;
  await log.append({
    streams: [{ owner: tenantId, stream: batch, expectedVersion: version, events }],
    metadata: { actor, correlationId: 'test', causationPosition: null },
  });
}
