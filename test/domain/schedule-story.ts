import {
  type BatchId,
  batchDecider,
  type ScheduleCommand,
  type ScheduleId,
  scheduleDecider,
  scheduledBatchId,
} from '@bulkhead/domain';
import { idOf, request } from './builders.js';
import type { World } from './world.js';

/** A schedule to which happens whatever can happen to one. */
export function everySchedule(world: World): void {
  const { nowMs } = world;
  const scheduleId = idOf('sch', 1) as ScheduleId;
  const tenantId = world.registerTenant('standard');
  const sha256 = '0'.repeat(64);
  const { contentSha256: _, ...task } = request();
  const limits = { count: 2, maxParallel: 1, maxFailures: 0 };
  const batch = { tasks: [task], ...limits, content: { part: 1, sha256 } };
  const overlap = 'skip' as const;
  const timing = { cron: '@hourly', timeZone: 'UTC', overlap, catchUpLimit: 1 };
  const act = (command: ScheduleCommand) =>
    world.run(scheduleDecider, scheduleId, tenantId, command);
  const name = { part: 0, sha256 };
  act({ kind: 'create-schedule', scheduleId, tenantId, timing, name, batch, nowMs });
  act({ kind: 'change', timing: { cron: '@daily' }, name, batch, nowMs });
  for (const kind of ['pause', 'resume'] as const) act({ kind, reason: 'tried', nowMs });
  const [hindrance, before] = [null, { count: 3, firstAtMs: nowMs + 1, lastAtMs: nowMs + 3 }];
  const settled = { kind: 'settle', hindrance, nowMs: nowMs + 9 } as const;
  const openBatches = [idOf('bat', 10) as BatchId];
  act({ ...settled, before, due: [nowMs + 4], openBatches });
  act({ kind: 'change', timing: { overlap: 'replace' }, name: null, batch: null, nowMs });
  act({ ...settled, before: null, due: [nowMs + 5], openBatches });
  const batchId = scheduledBatchId(scheduleId, nowMs + 5);
  world.run(batchDecider, batchId, tenantId, {
    ...{ kind: 'submit-batch', batchId, tenantId, contentSha256: sha256, nowMs },
    ...{ tasks: [request(), request()], maxParallel: 1, maxFailures: 0 },
  } as const);
  act({ kind: 'delete', reason: 'tried', nowMs });
}
