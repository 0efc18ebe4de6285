import {
  type BatchId,
  batchDecider,
  fold,
  type RecordedEvent,
  type ScheduleState,
} from '@bulkhead/domain';
import { ActOnSchedule } from '../../apps/api/src/schedules/act-on-schedule.handler.js';
import { liftQuota, publishPolicy, reinstate, withdrawAdvisory } from './acts/acts-of-operators.js';
import { actOnBatch } from './acts/acts-of-tenants.js';
import { changeHost, simple } from './acts/acts-on-hosts.js';
import type { Stage } from './acts/stage.js';
import { calmWorld } from './world/connections.js';
import { calmQueue } from './world/simulated-queue.js';

/** Every fault ends: what is off is switched on, what stands still goes on, every way is open. */
export function mend(stage: Stage): void {
  const { parts, slots } = stage.world;
  parts.tell(() => 'every fault is over');
  parts.connections.rates = calmWorld;
  parts.connections.mend();
  parts.rack.faultsComeAbout = false;
  parts.queue.rates = calmQueue;
  for (const hostId of stage.hosts) {
    parts.rack.repair(hostId);
    stage.powerOn(hostId);
  }
  for (const { life } of slots.workers) life?.life.resume();
}

/** Operators take back whatever keeps workloads waiting. */
export function liftEverything(stage: Stage): void {
  stage.hosts.forEach((_hostId, at) => {
    void changeHost(stage, at, simple('release')).then(() =>
      changeHost(stage, at, simple('uncordon')),
    );
  });
  stage.tenants.forEach((_tenantId, at) => {
    void reinstate(stage, at).then(() => liftQuota(stage, at));
  });
  for (const at of stage.advisories.keys()) void withdrawAdvisory(stage, at);
  for (const at of stage.batches.keys()) actOnBatch('resume')(stage, at);
  void publishPolicy(stage, 0, 0);
}

/** Nothing fires any more, so that everything can come to its end. */
export function deleteSchedules(stage: Stage, schedules: readonly ScheduleState[]): void {
  for (const { scheduleId, tenantId } of schedules) {
    if (scheduleId === null || tenantId === null) continue;
    const caller = stage.world.people.tenant(tenantId);
    const act = new ActOnSchedule(caller, scheduleId, 'delete', null, null);
    const request = `delete ${scheduleId} for good`;
    void stage.ask(request, ({ actOnSchedule }) => actOnSchedule.execute(act), undefined, true);
  }
}

/** Batches of these events that have not ended. */
export function openBatches(events: readonly RecordedEvent[]): BatchId[] {
  const histories = new Map<BatchId, RecordedEvent[]>();
  for (const recorded of events) {
    if (!recorded.stream.startsWith('bat_')) continue;
    const batchId = recorded.stream as BatchId;
    histories.set(batchId, [...(histories.get(batchId) ?? []), recorded]);
  }
  return [...histories].flatMap(([batchId, history]) => {
    const state = fold(
      batchDecider,
      history.map(({ event }) => event as never),
    );
    return state.endedAtMs === null ? [batchId] : [];
  });
}
