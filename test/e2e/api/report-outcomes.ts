import {
  type BatchEvent,
  type BatchId,
  batchDecider,
  type TaskOutcome,
  taskWorkloadId,
} from '@bulkhead/domain';
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
  const told = { kind: 'report-tasks-finished', created: tasks.length, nowMs: Date.now() } as const;
  const events: BatchEvent[] = [];
  // Where too many have failed, its end is recorded after that.
  for (const some of [tasks, []]) {
    const before = events.reduce(batchDecider.evolve, state);
    const decided = batchDecider.decide({ ...told, tasks: some }, before);
    if (!decided.accepted) throw new Error('the end of tasks was refused');
    events.push(...decided.events);
  }
  const actor = { kind: 'system', id: 'test' } as const;
  await log.append({
    streams: [{ owner: tenantId, stream: batch, expectedVersion: version, events }],
    metadata: { actor, correlationId: 'test', causationPosition: null },
  });
}
