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
import { SimulatedHost } from './host.js';
import { BrokenJournal, HostHistory } from './host-history.js';
import type { JournalEntry, JournalSink } from './journal-entry.js';
import { VirtualTime } from './timers.js';

const fence: Fence = { token: 1, cause: 4 };

function open(changes: Parameters<typeof someHost>[0] = {}, sink?: JournalSink) {
  const time = new VirtualTime(1_000);
  const entries: JournalEntry[] = [];
  const journal = sink ?? { append: (entry: JournalEntry) => entries.push(entry) };
  const spec = someHost({ simulation: { timeScale: 1, seed: 3 }, ...changes });
  let boots = 0;
  const around = {
    clock: time.clock,
    timers: time,
    uuid: () => `boot-${++boots}`,
    journal,
    history: new HostHistory(),
    timeScale: 1,
  };
  const host = new SimulatedHost(spec, around, fence);
  const kinds = () => entries.map((entry) => entry.kind);
  return { host, time, entries, kinds };
}

beforeEach(restartIds);

describe('the journal of a simulated host', () => {
  it('tells one whole life of a compute system, with fences where somebody asked', () => {
    const { host, time, entries, kinds } = open();
    host.renewLease(host.fingerprint().bootId, fence, 600_000);
    const spec = someSpec('hyperv', running({ durationMs: 500, exitCode: 2 }));
    host.create(spec, { token: 1, cause: 10 });
    host.start(spec.computeSystemId, { token: 1, cause: 11 });
    time.advance(60_000);
    host.release(spec.computeSystemId, { token: 1, cause: 12 });
    expect(kinds()).toEqual([
      'boot',
      'lease-renewed',
      'create',
      'start',
      'started',
      'exit',
      'release',
    ]);
    expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(entries.map((entry) => entry.fence?.cause)).toEqual([
      4,
      4,
      10,
      11,
      undefined,
      undefined,
      12,
    ]);
    const { computeSystemId, workloadId, isolation, kernelInstanceId } = spec;
    const subject = { computeSystemId, workloadId, isolation, kernelInstanceId, bootId: 'boot-1' };
    for (const entry of entries.slice(2)) expect(entry).toMatchObject(subject);
    expect(entries[5]).toMatchObject({ exitCode: 2, exitType: 'GracefulExit' });
  });

  it('is written first: what it cannot record does not happen', () => {
    let full = false;
    const { host } = open(
      {},
      {
        append: () => {
          if (full) throw new Error('no space left');
        },
      },
    );
    host.renewLease(host.fingerprint().bootId, fence, 600_000);
    const spec = someSpec('process');
    full = true;
    expect(() => host.create(spec, fence)).toThrow('no space left');
    expect(host.inspect(spec.computeSystemId).state).toBe('absent');
  });

  it('records every refusal with its code', () => {
    const { host, entries } = open();
    host.renewLease(host.fingerprint().bootId, { token: 2, cause: 5 }, 600_000);
    expect(() => host.terminate(someSpec('process').computeSystemId, fence)).toThrow();
    expect(entries.at(-1)).toMatchObject({
      kind: 'refused',
      operation: 'terminate',
      code: 'STALE_FENCE',
      fence,
    });
  });

  it('does not repeat a lease that stays with its token', () => {
    const { host, kinds } = open();
    for (let n = 0; n < 5; n++)
      host.renewLease(host.fingerprint().bootId, { token: 1, cause: 20 + n }, 1_000);
    expect(kinds()).toEqual(['boot', 'lease-renewed']);
  });

  it('keeps a higher token that came with an effect that changed nothing', () => {
    const { host, entries } = open();
    host.renewLease(host.fingerprint().bootId, fence, 600_000);
    const spec = someSpec('process');
    host.create(spec, fence);
    host.create(spec, { token: 7, cause: 30 });
    const history = new HostHistory();
    for (const entry of entries) history.add(entry);
    expect(history).toMatchObject({ highestToken: 7, lastRebootCause: 4 });
    expect([...history.seenIds]).toEqual([spec.computeSystemId]);
  });

  it('is refused as a history when an entry is missing', () => {
    const history = new HostHistory();
    history.add({ seq: 1, atMs: 1, bootId: 'b', kind: 'boot' });
    expect(() => history.add({ seq: 3, atMs: 1, bootId: 'b', kind: 'boot' })).toThrow(
      BrokenJournal,
    );
  });
});

describe('what a simulated host runs', () => {
  it('lets one boot have one kernel of its own, and a utility VM one that nobody else has', () => {
    const { host } = open();
    host.renewLease(host.fingerprint().bootId, fence, 600_000);
    const silo = someSpec('process');
    const vm = someSpec('hyperv');
    host.create(silo, fence);
    host.create(vm, fence);
    const kernel = (kernelInstanceId: typeof vm.kernelInstanceId) => ({ kernelInstanceId });
    const elsewhere = someSpec('hyperv').kernelInstanceId;
    expect(() => host.create(someSpec('process', kernel(elsewhere)), fence)).toThrow('kernel is');
    expect(() => host.create(someSpec('process', kernel(vm.kernelInstanceId)), fence)).toThrow();
    expect(() => host.create(someSpec('hyperv', kernel(vm.kernelInstanceId)), fence)).toThrow();
    expect(() => host.create(someSpec('hyperv', kernel(silo.kernelInstanceId)), fence)).toThrow();
    host.create(someSpec('process'), fence);
  });

  it('counts a utility VM with its reserve, its own or the one that it is told', () => {
    const { host } = open({ cpuMillis: 10_000, memoryMiB: 2_000 });
    host.renewLease(host.fingerprint().bootId, fence, 600_000);
    const resources = { cpuMillis: 100, memoryMiB: 1_000 };
    expect(() => host.create(someSpec('hyperv', { resources }), fence)).toThrow('2012 MiB of 2000');
    const reserved = { cpuMillis: 200, memoryMiB: 1_500 };
    host.create(someSpec('hyperv', { resources, reserved }), fence);
    expect(() => host.create(someSpec('process', { resources }), fence)).toThrow('1000 MiB of 500');
  });

  it('pulls an unknown image once, and whoever needs it meanwhile waits for that pull', () => {
    const { host, time } = open();
    host.renewLease(host.fingerprint().bootId, fence, 6_000_000);
    const image = someImage({ known: false, reference: 'example.test/own:1' });
    const pullOf = (delayMs: number) => {
      const spec = someSpec('process', { image, ...FOREVER });
      host.create(spec, fence);
      host.start(spec.computeSystemId, fence);
      time.advance(delayMs);
      return spec.computeSystemId;
    };
    const ids = [pullOf(4_000), pullOf(60_000), pullOf(60_000)];
    const pulls = ids.map((id) =>
      host.inspect(id).stages.find((each) => each.name === 'image-pull'),
    );
    expect(pulls[0]).toMatchObject({ startedAtMs: 1_000, finishedAtMs: 11_870 });
    expect(pulls[1]).toMatchObject({ startedAtMs: 5_000, finishedAtMs: 11_870 });
    expect(pulls[2]).toBeUndefined();
  });

  it('crashes on the way when it is told to', () => {
    const { host, time } = open();
    host.renewLease(host.fingerprint().bootId, fence, 6_000_000);
    const spec = someSpec('process', running({ durationMs: 10_000, fault: 'crash' }));
    host.create(spec, fence);
    host.start(spec.computeSystemId, fence);
    time.advance(60_000);
    const { exit, stages } = host.inspect(spec.computeSystemId);
    expect(exit).toMatchObject({ exitCode: 0xc0000005, exitType: 'UnexpectedExit' });
    const ranMs = (exit?.exitedAtMs ?? 0) - (stages.at(-1)?.finishedAtMs ?? 0);
    expect(ranMs).toBeGreaterThan(0);
    expect(ranMs).toBeLessThan(10_000);
  });

  it('divides stage times by its scale and never the run itself', () => {
    const finish = (timeScale: number) => {
      const { host, time } = open({ simulation: { timeScale, seed: 3 } });
      host.renewLease(host.fingerprint().bootId, fence, 6_000_000);
      const hex = 'c'.repeat(32);
      const computeSystemId = `cs_${hex}` as const;
      host.create(
        someSpec('process', { computeSystemId, ...running({ durationMs: 5_000 }) }),
        fence,
      );
      host.start(computeSystemId, fence);
      time.advance(60_000);
      const { exit, stages } = host.inspect(computeSystemId);
      const startedAtMs = stages.at(-1)?.finishedAtMs ?? 0;
      return { startMs: startedAtMs - 1_000, runMs: (exit?.exitedAtMs ?? 0) - startedAtMs };
    };
    const [plain, fast] = [finish(1), finish(10)];
    expect(fast.startMs).toBeCloseTo(plain.startMs / 10, -1);
    expect([plain.runMs, fast.runMs]).toEqual([5_000, 5_000]);
  });
});
