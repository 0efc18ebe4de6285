import type { ConsumerRow, ToldQueue } from '@bulkhead/event-store';
import { describe, expect, it } from 'vitest';
import { QUEUE_SILENT_MS } from '../queues/queue.schema.js';
import {
  BEHIND_AFTER_MS,
  consumersHealth,
  queuesHealth,
  TOLD_KEPT_MS,
  ToldHealth,
} from './told-health.js';

const row = (name: string, change: Partial<ConsumerRow> = {}): ConsumerRow => ({
  name,
  position: 5,
  lagEvents: 0,
  lagMs: 0,
  owner: null,
  projection: null,
  isBuilding: false,
  skippedCount: 0,
  trouble: null,
  ...change,
});
const trouble = (kind: 'stopped' | 'waiting') =>
  ({ trouble: { kind } }) as unknown as Partial<ConsumerRow>;
const queue = (answers: boolean, toldAgoMs = 0) =>
  ({ name: 'starts', answers, toldAgoMs }) as unknown as ToldQueue;

describe('what readiness says of consumers', () => {
  it('is the worst of them, of the one that makes jobs as of any other', () => {
    expect(consumersHealth([])).toBe('ok');
    const behind = row('a', { lagMs: BEHIND_AFTER_MS + 1 });
    expect(consumersHealth([row('dispatch'), behind])).toBe('behind');
    expect(consumersHealth([row('dispatch', trouble('waiting')), behind])).toBe('waiting');
    expect(consumersHealth([row('dispatch', trouble('stopped')), behind])).toBe('stopped');
  });

  it('leaves out what is built beside the live rows, which may trail', () => {
    const building = row('a@2', { lagMs: BEHIND_AFTER_MS * 2, isBuilding: true });
    expect(consumersHealth([building])).toBe('ok');
  });
});

describe('what readiness says of the queue', () => {
  it('is whether it serves the workers, and nothing about consumers', async () => {
    expect(queuesHealth([queue(true), queue(true)])).toBe('ok');
    expect(queuesHealth([queue(true), queue(false)])).toBe('unreachable');
    const stopped = async () => [row('dispatch', trouble('stopped'))];
    const told = { consumers: stopped, queues: async () => [queue(true)] };
    const health = await new ToldHealth(told, () => 10_000).read();
    expect(health).toEqual({ queue: 'ok', consumers: 'stopped' });
  });

  it('is that nobody tells of it, where no worker does or ever did', () => {
    expect(queuesHealth([])).toBe('silent');
    const once = queue(false, QUEUE_SILENT_MS + 1);
    expect(queuesHealth([once])).toBe('silent');
    expect(queuesHealth([once, queue(true)])).toBe('ok');
  });
});

describe('readiness', () => {
  it('asks Postgres at most every two seconds, however often it is probed', async () => {
    let asked = 0;
    let nowMs = 10_000;
    const ask = async () => {
      asked += 1;
      return [];
    };
    const health = new ToldHealth({ consumers: ask, queues: ask }, () => nowMs);
    await health.read();
    await health.read();
    expect(asked).toBe(2);
    nowMs += TOLD_KEPT_MS;
    await health.read();
    expect(asked).toBe(4);
  });
});
