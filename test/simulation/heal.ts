import { type BatchId, batchDecider, fold, type RecordedEvent } from '@bulkhead/domain';
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
