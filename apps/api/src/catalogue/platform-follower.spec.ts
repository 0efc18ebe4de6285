import {
  event,
  type HostCordoned,
  type HostId,
  type HostUncordoned,
  prefixedId,
} from '@bulkhead/domain';
import { LOOK_POSITIONS_MAX } from '@bulkhead/event-store';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { expect, it, vi } from 'vitest';
import { PlatformFollower } from './platform-follower.js';

const metadata = {
  actor: { kind: 'system', id: 'test' },
  correlationId: 'test',
  causationPosition: null,
} as const;

async function write(log: InMemoryLog, reason: string): Promise<void> {
  const stream: HostId = prefixedId('host', v7());
  const one = event<HostCordoned>('HostCordoned', 1, { reason });
  const append = { owner: null, stream, expectedVersion: 0, events: [one] };
  await log.append({ streams: [append], metadata });
}

it('sees every event once, whoever asks at the same time, and nothing of the past twice', async () => {
  let nowMs = 1;
  const log = new InMemoryLog({ clock: () => nowMs, newEventId: v7 });
  const seen: unknown[] = [];
  const follower = new PlatformFollower(
    log,
    () => nowMs,
    ['HostCordoned'],
    ({ event: { payload } }) => seen.push((payload as { reason: string }).reason),
  );
  await write(log, 'one');
  await Promise.all([follower.catchUp(), follower.catchUp(), follower.atMostOld(0)]);
  expect(seen).toEqual(['one']);
  await write(log, 'two');
  await follower.atMostOld(1_000);
  expect(seen).toEqual(['one']);
  nowMs += 1_000;
  await follower.atMostOld(1_000);
  expect(seen).toEqual(['one', 'two']);
  const late = follower.catchUp();
  await write(log, 'three');
  await Promise.all([late, follower.catchUp()]);
  expect(seen).toEqual(['one', 'two', 'three']);
});

it('comes through a long log that holds hardly anything for it, so many positions a statement', async () => {
  const log = new InMemoryLog({ clock: () => 1, newEventId: v7 });
  const reasons = Array.from({ length: 1_000 }, (_, nr) => `${nr}`);
  for (let version = 0; version <= 2 * LOOK_POSITIONS_MAX; version += reasons.length) {
    const events = reasons.map((reason) => event<HostUncordoned>('HostUncordoned', 1, { reason }));
    const append = { owner: null, stream: 'host_1', expectedVersion: version, events } as const;
    await log.append({ streams: [append], metadata });
  }
  await write(log, 'the one');
  const reads = vi.spyOn(log, 'readPlatform');
  const seen: number[] = [];
  const follower = new PlatformFollower(
    log,
    () => 1,
    ['HostCordoned'],
    ({ position }) => seen.push(position),
  );
  await follower.catchUp();
  expect(seen).toEqual([await log.head()]);
  for (const [{ afterPosition, throughPosition = Number.NaN }] of reads.mock.calls) {
    expect(throughPosition - afterPosition).toBeLessThanOrEqual(LOOK_POSITIONS_MAX);
  }
});
