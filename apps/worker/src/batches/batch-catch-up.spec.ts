import { type BatchId, batchDecider, type RecordedEvent, type TenantId } from '@bulkhead/domain';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { expect, it } from 'vitest';
import { idOf, NOW_MS, request } from '../../../../test/domain/builders.js';
import { NewerEvents } from '../newer-events.js';
import { BATCH_EVENTS_AT_ONCE_MAX, Batches, type BatchesParts } from './batches.js';

const tenantId = idOf('ten', 1) as TenantId;
const BATCHES = 250;
const metadata = {
  actor: { kind: 'system', id: 'test' },
  ...{ correlationId: 'test', causationPosition: null },
} as const;

/** A log that tells how many events somebody had of it at once. */
class WatchedLog extends InMemoryLog {
  readonly sizes: number[] = [];

  override async readAll(options: Parameters<InMemoryLog['readAll']>[0]) {
    return this.watched(await super.readAll(options));
  }

  override async *streamAll(options: Parameters<InMemoryLog['streamAll']>[0]) {
    for await (const batch of super.streamAll(options)) {
      this.watched(batch.events);
      yield batch;
    }
  }

  private watched(events: readonly RecordedEvent[]) {
    this.sizes.push(events.length);
    return events;
  }
}

it('a worker that starts knows all batches that have not ended, and had only a little of the log in memory at a time', async () => {
  const log = new WatchedLog({ clock: () => NOW_MS, newEventId: v7 });
  for (let nr = 1; nr <= BATCHES; nr += 1) {
    const batchId = idOf('bat', nr) as BatchId;
    const limits = { maxParallel: null, maxFailures: null, contentSha256: '0'.repeat(64) };
    const tasks = [request(), request()];
    const command = { batchId, tenantId, tasks, ...limits, nowMs: NOW_MS };
    const decided = batchDecider.decide(
      { kind: 'submit-batch', ...command },
      batchDecider.initialState,
    );
    if (!decided.accepted) throw new Error('a new batch was refused');
    const { events } = decided;
    const stream = { owner: tenantId, stream: batchId, expectedVersion: 0, events };
    await log.append({ streams: [stream], metadata });
  }
  const over = new AbortController();
  const batches = new Batches({
    ...{ log, newer: new NewerEvents(), clock: () => NOW_MS, steadyClock: () => NOW_MS },
    leases: { want: () => {}, epochOf: () => null },
    growth: { growths: 0, waitForGrowth: async () => over.abort() },
  } as unknown as BatchesParts);
  await batches.run(over.signal);
  expect(batches.book.open.size).toBe(BATCHES);
  expect([...batches.book.open.values()].at(-1)?.tasksLeft.next(10)).toEqual([0, 1]);
  expect(Math.max(...log.sizes)).toBe(BATCH_EVENTS_AT_ONCE_MAX);
});
