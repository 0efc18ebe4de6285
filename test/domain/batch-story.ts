import { type BatchCommand, type BatchId, batchDecider, type TenantId } from '@bulkhead/domain';
import { idOf, request } from './builders.js';
import type { World } from './world.js';

export function failedBatch(world: World): void {
  const { nowMs } = world;
  const batchId = idOf('bat', 9) as BatchId;
  const tenantId = world.registerTenant('standard');
  const batch = { batchId, tenantId, tasks: [request()], maxParallel: 1, maxFailures: 0 };
  const contentSha256 = '0'.repeat(64);
  const submitted = { kind: 'submit-batch', ...batch, contentSha256, nowMs } as const;
  world.run(batchDecider, batchId, tenantId, submitted);
  const workloadId = idOf('wl', 99) as `wl_${string}`;
  const tasks = [{ index: 0, workloadId, outcome: 'failed' as const }];
  const finished = { kind: 'report-tasks-finished', tasks, created: 1, nowMs } as const;
  world.run(batchDecider, batchId, tenantId, finished);
}

export function cancelledBatch(world: World): void {
  const { nowMs } = world;
  const batchId = idOf('bat', 10) as BatchId;
  const tenantId = world.registerTenant('standard');
  const batch = { batchId, tenantId, tasks: [request()], maxParallel: 1, maxFailures: 0 };
  const act = (command: BatchCommand) => world.run(batchDecider, batchId, tenantId, command);
  act({ kind: 'submit-batch', ...batch, contentSha256: '0'.repeat(64), nowMs });
  for (const kind of ['pause', 'resume', 'cancel'] as const) act({ kind, reason: 'tried', nowMs });
  act({ kind: 'report-tasks-finished', tasks: [], created: 0, nowMs });
  const retryBatchId = idOf('bat', 11) as BatchId;
  act({ kind: 'retry-failed', retryBatchId, reason: 'tried', nowMs });
}

function succeededBatch(world: World, tenantId: TenantId): BatchId {
  const { nowMs } = world;
  const batchId = idOf('bat', 13) as BatchId;
  const batch = { batchId, tenantId, tasks: [], maxParallel: null, maxFailures: null };
  const act = (command: BatchCommand) => world.run(batchDecider, batchId, tenantId, command);
  act({ kind: 'submit-batch', ...batch, contentSha256: '0'.repeat(64), nowMs });
  act({ kind: 'cancel', reason: 'tried', nowMs });
  act({ kind: 'report-tasks-finished', tasks: [], created: 0, nowMs });
  return batchId;
}

export function overdueBatch(world: World): void {
  const { nowMs } = world;
  const batchId = idOf('bat', 12) as BatchId;
  const tenantId = world.registerTenant('standard');
  const batch = { batchId, tenantId, tasks: [request()], maxParallel: 1, maxFailures: 0 };
  const terms = { deadlineAtMs: nowMs + 1, after: [succeededBatch(world, tenantId)] };
  const act = (command: BatchCommand) => world.run(batchDecider, batchId, tenantId, command);
  act({ kind: 'submit-batch', ...batch, ...terms, contentSha256: '0'.repeat(64), nowMs });
  act({ kind: 'end-wait', failed: null, nowMs });
  act({ kind: 'pass-deadline', nowMs: nowMs + 1 });
}
