import { event, type PlacerTookOver } from '@bulkhead/domain';
import { READ_LIMIT_MAX } from '@bulkhead/event-store';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { describe, expect, it } from 'vitest';
import { FleetFollower } from './fleet-follower.js';

const APPEND_EVENTS = 1_000;
const metadata = {
  actor: { kind: 'system', id: 'placer' },
  correlationId: 'test',
  causationPosition: null,
} as const;

/** A log of takeovers, so many thousands that one page does not hold them. */
async function longLog(events: number): Promise<InMemoryLog> {
  let ids = 0;
  const newEventId = () => {
    ids += 1;
    return String(ids);
  };
  const log = new InMemoryLog({ clock: () => 1, newEventId });
  for (let done = 0; done < events; done += APPEND_EVENTS) {
    const takeovers = Array.from({ length: APPEND_EVENTS }, (_, nr) =>
      event<PlacerTookOver>('PlacerTookOver', 1, { owner: 'x', term: done + nr + 1 }),
    );
    const written = { owner: null, stream: 'placer', expectedVersion: done } as const;
    await log.append({ streams: [{ ...written, events: takeovers }], metadata });
  }
  return log;
}

describe('a follower of the fleet that is far behind', () => {
  it('folds every event once and in order, however long the log has become', async () => {
    const events = READ_LIMIT_MAX + 2 * APPEND_EVENTS;
    const log = await longLog(events);
    const follower = new FleetFollower(log);
    const seen: number[] = [];
    follower.onEvent(({ position }) => seen.push(position));
    await follower.catchUp();
    expect(seen).toEqual(Array.from({ length: events }, (_, nr) => nr + 1));
    expect(follower.fleet.placer?.state?.term).toBe(events);
  });

  it('goes on behind what it has read in one go', async () => {
    const log = await longLog(READ_LIMIT_MAX + APPEND_EVENTS);
    const follower = new FleetFollower(log);
    await follower.catchUp();
    const version = await log.head();
    const events = [event<PlacerTookOver>('PlacerTookOver', 2, { owner: 'y', term: version + 1 })];
    const written = { owner: null, stream: 'placer', expectedVersion: version, events } as const;
    await log.append({ streams: [written], metadata });
    await follower.catchUp();
    expect(follower.hasSeen(version + 1)).toBe(true);
  });
});
