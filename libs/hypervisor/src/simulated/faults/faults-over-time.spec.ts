import type { HostSpec, SimulatedFaultId, SimulatedFaults } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  FOREVER,
  restartIds,
  running,
  someHost,
  someSpec,
} from '../../driver-scenario.contract.js';
import { SimulatedHost } from '../host.js';
import { HostHistory } from '../host-history.js';
import type { JournalEntry } from '../journal-entry.js';
import { openHost } from '../open-host.contract.js';
import { VirtualTime } from '../timers.js';

beforeEach(restartIds);

const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;
const DAY_HOURS = 24;

const host = (faults: SimulatedFaults): Partial<HostSpec> => ({
  cpuMillis: 64_000,
  simulation: { timeScale: 1, seed: 3, faults },
});

/** At how many looks, one a second, something was so that was not so at the look before. */
function countBegins(
  hours: number,
  opened: ReturnType<typeof openHost>,
  isSo: () => boolean,
): number {
  let [begins, wasSo] = [0, false];
  for (let second = 0; (second * SECOND_MS) / HOUR_MS < hours; second += 1) {
    opened.time.advance(SECOND_MS);
    const isNow = isSo();
    if (isNow && !wasSo) begins += 1;
    wasSo = isNow;
  }
  return begins;
}

const startOf = ({ host, fence }: ReturnType<typeof openHost>) => {
  const spec = someSpec('process', FOREVER);
  host.create(spec, fence);
  host.start(spec.computeSystemId, fence);
  return spec.computeSystemId;
};

describe('faults of a host that come by a rate', () => {
  it('come as often in every hour as the rate says, however long the host is up', () => {
    const opened = openHost(host({ rates: { 'service-disconnect': 2 } }));
    const begins = countBegins(DAY_HOURS, opened, () => opened.host.isAway);
    expect(begins).toBeGreaterThan(DAY_HOURS);
    expect(begins).toBeLessThan(3 * DAY_HOURS);
  });

  it('make the clock of a host jump by other amounts from time to time', () => {
    const opened = openHost(host({ rates: { 'clock-skew': 60 } }));
    const spec = someSpec('process', running({ durationMs: 0 }));
    opened.host.create(spec, opened.fence);
    opened.host.start(spec.computeSystemId, opened.fence);
    const told = new Set<number>();
    for (let minute = 0; minute < 30; minute += 1) {
      opened.time.advance(60 * SECOND_MS);
      told.add(opened.host.inspect(spec.computeSystemId).exit?.exitedAtMs ?? 0);
    }
    expect(told.size).toBeGreaterThan(5);
  });

  it('do not come again at the same times when the process of the host is started again', () => {
    const spec = someHost(host({ rates: { 'host-bug-check': 10 } }));
    const journal: JournalEntry[] = [];
    const upForMs = () => {
      const time = new VirtualTime(SECOND_MS);
      const history = new HostHistory();
      for (const entry of journal) history.add(entry);
      let isUp = true;
      const around = {
        clock: time.clock,
        timers: time,
        uuid: () => 'boot',
        journal: { append: (entry: JournalEntry) => void journal.push(entry) },
        history,
        timeScale: 1,
        wentDown: () => {
          isUp = false;
        },
      };
      new SimulatedHost(spec, around, null);
      while (isUp && time.jump()) {
        // Until its kernel crashes.
      }
      return time.clock();
    };
    const lives = [upForMs(), upForMs(), upForMs()];
    expect(new Set(lives).size).toBe(lives.length);
  });
});

describe('a fault of a host that strikes again while it lasts', () => {
  const twice = (fault: SimulatedFaultId, [first, second]: readonly [number, number]) =>
    host({
      plan: [
        { fault, atMs: first },
        { fault, atMs: second },
      ],
    });

  it('keeps the disk slow for as long as the last strike says', () => {
    const opened = openHost(twice('slow-disk', [1_000, 40_000]));
    opened.time.advance(70_000);
    const id = startOf(opened);
    opened.time.advance(120_000);
    const { stages } = opened.host.inspect(id);
    const tookMs = (stages.at(-1)?.finishedAtMs ?? 0) - (stages[0]?.startedAtMs ?? 0);
    expect(tookMs).toBeGreaterThan(4_000);
  });

  it('keeps what is left below the commit limit taken for as long as the last strike says', () => {
    const fault = 'commit-exhaustion';
    const plan = [1, 2].map((onStart) => ({ fault, onStart }) as const);
    const opened = openHost(host({ plan }));
    startOf(opened);
    opened.time.advance(20_000);
    startOf(opened);
    opened.time.advance(15_000);
    const meanwhile = startOf(opened);
    opened.time.advance(20_000);
    expect(opened.host.inspect(meanwhile).failure?.code).toBe('ERROR_COMMITMENT_LIMIT');
    const later = startOf(opened);
    opened.time.advance(20_000);
    expect(opened.host.inspect(later).state).toBe('running');
  });

  it('does not outlast a boot', () => {
    const opened = openHost(host({ plan: [{ fault: 'slow-disk', atMs: 1_000 }] }));
    opened.time.advance(2_000);
    opened.host.reboot({ token: 1, cause: 99 });
    opened.lease();
    const id = startOf(opened);
    opened.time.advance(4_000);
    expect(opened.host.inspect(id).state).toBe('running');
  });
});
