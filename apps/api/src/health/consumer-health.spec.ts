import type { ConsumerRow } from '@bulkhead/event-store';
import { describe, expect, it } from 'vitest';
import {
  BEHIND_AFTER_MS,
  CONSUMERS_KEPT_MS,
  ConsumerHealth,
  consumersHealth,
} from './consumer-health.js';

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

describe('what readiness says of consumers', () => {
  it('is the worst of them, and of the one that makes jobs by itself', () => {
    expect(consumersHealth([])).toEqual({ queue: 'ok', consumers: 'ok' });
    const behind = row('a', { lagMs: BEHIND_AFTER_MS + 1 });
    expect(consumersHealth([row('dispatch'), behind])).toEqual({
      queue: 'ok',
      consumers: 'behind',
    });
    const rows = [row('dispatch', trouble('waiting')), behind, row('b', trouble('stopped'))];
    expect(consumersHealth(rows)).toEqual({ queue: 'waiting', consumers: 'stopped' });
  });

  it('leaves out what is built beside the live rows, which may trail', () => {
    const building = row('a@2', { lagMs: BEHIND_AFTER_MS * 2, isBuilding: true });
    expect(consumersHealth([building]).consumers).toBe('ok');
  });

  it('asks Postgres at most every two seconds, however often it is probed', async () => {
    let asked = 0;
    let nowMs = 10_000;
    const list = async () => {
      asked += 1;
      return [];
    };
    const health = new ConsumerHealth(list, () => nowMs);
    await health.read();
    await health.read();
    expect(asked).toBe(1);
    nowMs += CONSUMERS_KEPT_MS;
    await health.read();
    expect(asked).toBe(2);
  });
});
