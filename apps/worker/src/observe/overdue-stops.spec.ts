import { type ComputeSystemId, emptyFleet } from '@bulkhead/domain';
import { VirtualTime } from '@bulkhead/hypervisor/simulated';
import { describe, expect, it } from 'vitest';
import { idOf } from '../../../../test/domain/builders.js';
import type { ObserveParts } from './observe-parts.js';
import { OverdueStops, STOP_AGAIN_MS } from './overdue-stops.js';
import type { Reissue } from './reissue.js';

const computeSystemId = idOf('cs', 1) as ComputeSystemId;
const running = { current: { computeSystemId, stage: 'started' } };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** When the stop of what runs is issued anew within so long, where one second of the timers is that of the clock. */
async function issuedAtMs(withinMs: number, secondMs: number): Promise<number[]> {
  const time = new VirtualTime(0);
  const issued: number[] = [];
  const parts = {
    follower: {
      fleet: emptyFleet(),
      attempts: { on: () => [{ computeSystemId, workloadId: idOf('wl', 1), stopPosition: 7 }] },
    },
    workloads: { known: () => ({ state: running }) },
    steadyClock: () => (time.clock() / 1_000) * secondMs,
    timers: time,
    times: { reissueAfterMs: 30_000 },
  } as unknown as ObserveParts;
  const stops = async (due: readonly ComputeSystemId[]) => {
    if (due.length > 0) issued.push(time.clock());
  };
  const over = new AbortController();
  const overdue = new OverdueStops(idOf('host', 1), parts, { stops } as unknown as Reissue);
  const looking = overdue.run(over.signal);
  for (let passedMs = 0; passedMs < withinMs; passedMs += 1_000) {
    time.advance(1_000);
    await turn();
  }
  over.abort();
  await looking;
  return issued;
}

describe('a stop of which nothing is heard', () => {
  it.each([1_000, 999.1])(
    'is issued anew after two seconds, and then ever more seldom, where a second of the timers lasts for %f ms',
    async (secondMs) => {
      expect(await issuedAtMs(20_000, secondMs)).toEqual([STOP_AGAIN_MS, 6_000, 14_000]);
    },
  );
});
