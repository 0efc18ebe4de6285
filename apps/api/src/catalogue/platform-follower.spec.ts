import { event, type HostCordoned, type HostId, prefixedId } from '@bulkhead/domain';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { expect, it } from 'vitest';
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
