import { event, type HostCordoned, type HostId, prefixedId } from '@bulkhead/domain';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { FLEET_KEPT_MS, FleetFold, FOLD_WAIT_MS } from './fleet-fold.js';

let log: InMemoryLog;
let reads: number[];
let due: { delayMs: number; run: () => void }[];
let gate: Promise<void>;
let fold: FleetFold;

beforeEach(() => {
  log = new InMemoryLog({ clock: () => 1, newEventId: v7 });
  reads = [];
  due = [];
  gate = Promise.resolve();
  const watched = {
    async *streamAll(options: Parameters<InMemoryLog['streamAll']>[0]) {
      reads.push(options.afterPosition);
      await gate;
      yield* log.streamAll(options);
    },
  };
  const after = (delayMs: number, run: () => void) => {
    const timer = { delayMs, run };
    due.push(timer);
    return () => {
      due = due.filter((one) => one !== timer);
    };
  };
  fold = new FleetFold(watched, { after });
});

async function cordon(): Promise<void> {
  const stream: HostId = prefixedId('host', v7());
  const events = [event<HostCordoned>('HostCordoned', 1, { reason: 'test' })];
  const actor = { kind: 'system', id: 'test' } as const;
  const metadata = { actor, correlationId: 'test', causationPosition: null };
  await log.append({ streams: [{ owner: null, stream, expectedVersion: 0, events }], metadata });
}

const pass = (delayMs: number) => {
  for (const timer of due.filter((one) => one.delayMs === delayMs)) timer.run();
};

describe('the fleet that operators ask about', () => {
  it('is folded when it is asked for, and goes on from there with the next question', async () => {
    await cordon();
    expect(reads).toEqual([]);
    expect((await fold.current()).hosts.size).toBe(1);
    await cordon();
    expect((await fold.current()).hosts.size).toBe(2);
    expect(reads).toEqual([0, 1]);
  });

  it('is read once for all who ask meanwhile, and shows each what was there when it asked', async () => {
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = fold.current();
    await cordon();
    const later = [fold.current(), fold.current()];
    open();
    await first;
    for (const fleet of await Promise.all(later)) expect(fleet.hosts.size).toBe(1);
    expect(reads).toHaveLength(2);
  });

  it('keeps nobody waiting long: the reading goes on, and the next question finds it done', async () => {
    await cordon();
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const impatient = fold.current();
    pass(FOLD_WAIT_MS);
    await expect(impatient).rejects.toMatchObject({
      facts: { status: 503, code: 'FLEET_BEING_READ', headers: { 'retry-after': '2' } },
    });
    open();
    expect((await fold.current()).hosts.size).toBe(1);
    expect(reads).toEqual([0, 1]);
  });

  it('is let go when nobody asks any more, and folded anew for who does', async () => {
    await cordon();
    await fold.current();
    pass(FLEET_KEPT_MS);
    expect((await fold.current()).hosts.size).toBe(1);
    expect(reads).toEqual([0, 0]);
    expect(due.map(({ delayMs }) => delayMs)).toEqual([FLEET_KEPT_MS]);
  });
});
