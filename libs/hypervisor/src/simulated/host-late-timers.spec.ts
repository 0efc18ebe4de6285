import { beforeEach, describe, expect, it } from 'vitest';
import type { Fence } from '../driver.js';
import {
  FOREVER,
  restartIds,
  running,
  someHost,
  someImage,
  someSpec,
} from '../driver-scenario.contract.js';
import { EXIT_CODE } from './hcs/exit-codes.js';
import { SimulatedHost } from './host.js';
import { HostHistory } from './host-history.js';
import type { JournalEntry } from './journal-entry.js';
import { VirtualTime } from './timers.js';

const fence: Fence = { token: 1, cause: 4 };
const BOOTED_AT_MS = 1_000;
const LEASE_MS = 120_000;
const LEASE_ENDS_AT_MS = BOOTED_AT_MS + LEASE_MS;
/** Longer than any start or stop takes. */
const LONG_MS = 60_000;

/** A host whose process can be stopped: its clock goes on then, and no timer fires until it is continued. */
function open(writtenInMs = 0) {
  const time = new VirtualTime(BOOTED_AT_MS);
  let stoppedMs = 0;
  const clock = () => time.clock() + stoppedMs;
  const entries: JournalEntry[] = [];
  const around = {
    clock,
    timers: time,
    uuid: () => 'boot-1',
    journal: {
      append: (entry: JournalEntry) => {
        entries.push(entry);
        stoppedMs += writtenInMs;
      },
    },
    history: new HostHistory(),
    timeScale: 1,
  };
  const spec = someHost({ simulation: { timeScale: 1, seed: 3 } });
  const host = new SimulatedHost(spec, around, fence);
  host.renewLease(host.fingerprint().bootId, fence, LEASE_MS);
  const begin = (asked: ReturnType<typeof someSpec>) => {
    host.create(asked, fence);
    host.start(asked.computeSystemId, fence);
    return asked.computeSystemId;
  };
  const kinds = () => entries.map((entry) => entry.kind);
  const stop = (ms: number) => {
    stoppedMs += ms;
  };
  return { host, time, clock, entries, kinds, begin, stop };
}

beforeEach(restartIds);

describe('a host whose journal takes time to be written', () => {
  it('tells everywhere of the same moment at which a compute system began to run', () => {
    const { host, time, entries, begin } = open(7);
    const id = begin(someSpec('process', FOREVER));
    time.advance(LONG_MS);
    const started = entries.find(({ kind }) => kind === 'started');
    const [container] = host.properties(id);
    expect(container?.Statistics?.ContainerStartTime).toBe(
      new Date(started?.atMs ?? 0).toISOString(),
    );
  });
});

describe('a start whose planned end has passed while its timer is late', () => {
  it('is not reported as started, because nothing has started yet', () => {
    const { host, begin, stop, kinds } = open();
    const id = begin(someSpec('process', FOREVER));
    stop(LONG_MS);
    const { state, stages } = host.inspect(id);
    expect(state).toBe('starting');
    expect(stages.map((stage) => stage.name)).toEqual(['create', 'network-attach']);
    expect(kinds()).not.toContain('started');
  });

  it('is never reported when the compute system is terminated before the timer fires', () => {
    const { host, time, begin, stop, kinds } = open();
    const id = begin(someSpec('process', FOREVER));
    stop(LONG_MS);
    host.terminate(id, fence);
    time.advance(LONG_MS / 2);
    const { state, stages, exit } = host.inspect(id);
    expect(state).toBe('exited');
    expect(stages.map((stage) => stage.name)).toEqual(['create', 'network-attach']);
    expect(exit).toMatchObject({
      exitType: 'ForcedExit',
      exitCode: EXIT_CODE.terminatedDuringStart,
    });
    expect(kinds()).toEqual(['boot', 'lease-renewed', 'create', 'start', 'terminate', 'exit']);
  });

  it('is never reported when the lease ends before the timer fires', () => {
    const { host, begin, stop, kinds } = open();
    const id = begin(someSpec('hyperv', FOREVER));
    stop(LEASE_MS);
    const { stages, exit } = host.inspect(id);
    expect(stages.map((stage) => stage.name)).toEqual([
      'utility-vm-boot',
      'create',
      'network-attach',
    ]);
    expect(exit?.exitType).toBe('LeaseExpired');
    expect(kinds()).toEqual(['boot', 'lease-renewed', 'create', 'start', 'lease-expired', 'exit']);
  });

  it('is reported in full as soon as the late timer has fired', () => {
    const { host, time, begin, stop, kinds } = open();
    const id = begin(someSpec('process', FOREVER));
    stop(LONG_MS);
    time.advance(LONG_MS / 2);
    const { state, stages } = host.inspect(id);
    expect(state).toBe('running');
    expect(stages.map((stage) => stage.name)).toEqual(['create', 'network-attach', 'start']);
    expect(kinds().at(-1)).toBe('started');
  });
});

describe('a host that was stopped until after the end of its lease', () => {
  it('starts nothing any more, though the timer of the start fires before that of the lease', () => {
    const { host, time, entries, kinds, begin, stop } = open();
    const id = begin(someSpec('process', FOREVER));
    stop(LEASE_MS + LONG_MS);
    time.advance(LEASE_MS);
    expect(kinds()).toEqual(['boot', 'lease-renewed', 'create', 'start', 'lease-expired', 'exit']);
    expect(entries.at(-1)).toMatchObject({ exitType: 'LeaseExpired', atMs: LEASE_ENDS_AT_MS });
    expect(host.inspect(id).exit).toMatchObject({
      exitType: 'LeaseExpired',
      exitedAtMs: LEASE_ENDS_AT_MS,
    });
  });

  it('lets nothing end as it would have, though the timer of the run fires before that of the lease', () => {
    const { host, time, entries, begin, stop } = open();
    const ids = [
      begin(someSpec('process', running({ durationMs: 40_000, exitCode: 0 }))),
      begin(someSpec('process', running({ durationMs: 100_000, fault: 'crash' }))),
      begin(someSpec('hyperv', FOREVER)),
    ];
    time.advance(30_000);
    expect(ids.map((id) => host.inspect(id).state)).toEqual(['running', 'running', 'running']);
    stop(LEASE_MS);
    time.advance(LEASE_MS);
    const exits = entries.filter((entry) => entry.kind === 'exit');
    expect(exits.map((entry) => entry.computeSystemId)).toEqual(ids);
    for (const exit of exits) {
      expect(exit).toMatchObject({ exitType: 'LeaseExpired', atMs: LEASE_ENDS_AT_MS });
    }
  });

  it('lets no shutdown and no forced stop that was under way end as it would have', () => {
    const { host, time, entries, begin, stop } = open();
    const [asked, forced] = [
      begin(someSpec('process', FOREVER)),
      begin(someSpec('hyperv', FOREVER)),
    ];
    time.advance(30_000);
    host.shutdown(asked, LONG_MS, fence);
    host.terminate(forced, fence);
    stop(LEASE_MS);
    time.advance(LEASE_MS);
    const exits = entries.filter((entry) => entry.kind === 'exit');
    expect(exits.map((entry) => entry.exitType)).toEqual(['LeaseExpired', 'LeaseExpired']);
  });

  it('lets no start fail that had not failed when the lease ended', () => {
    const { time, kinds, entries, begin, stop } = open();
    begin(someSpec('process', { image: someImage({ architecture: 'arm64' }) }));
    stop(LEASE_MS);
    time.advance(LEASE_MS);
    expect(kinds()).not.toContain('start-failed');
    expect(entries.at(-1)).toMatchObject({ kind: 'exit', exitType: 'LeaseExpired' });
  });

  it('tells its watchers of every end once, and a journal that never goes back in time', () => {
    const { host, time, entries, begin, stop } = open();
    const id = begin(someSpec('process', FOREVER));
    const heard: string[] = [];
    host.watch({ notice: ({ status }) => heard.push(status.state), closed: () => {} });
    stop(LEASE_MS + LONG_MS);
    time.advance(LEASE_MS);
    host.renewLease(host.fingerprint().bootId, { token: 2, cause: 9 }, LEASE_MS);
    host.release(id, { token: 2, cause: 10 });
    expect(heard).toEqual(['starting', 'exited']);
    const times = entries.map((entry) => entry.atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('reports no stage that would have finished after the end of the lease', () => {
    const { host, begin, stop } = open();
    stop(LEASE_MS - 5_000);
    const image = someImage({ known: false, reference: 'example.test/own:1' });
    const id = begin(someSpec('process', { image, ...FOREVER }));
    stop(LONG_MS);
    expect(host.inspect(id)).toMatchObject({
      state: 'exited',
      stages: [],
      exit: { exitedAtMs: LEASE_ENDS_AT_MS },
    });
  });
});
