import type { HostSpec, SimulatedFaultId, SimulatedFaults } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  FOREVER,
  restartIds,
  running,
  someImage,
  someSpec,
} from '../../driver-scenario.contract.js';
import { openHost } from '../open-host.contract.js';

beforeEach(restartIds);

type Opened = ReturnType<typeof openHost>;
const LONG = running({ durationMs: 600_000 });
const host = (faults: SimulatedFaults): Partial<HostSpec> => ({
  cpuMillis: 64_000,
  simulation: { timeScale: 1, seed: 3, faults },
});
const onStart = (fault: SimulatedFaultId, nth = 1) => host({ plan: [{ fault, onStart: nth }] });
const atTime = (fault: SimulatedFaultId, atMs: number) => host({ plan: [{ fault, atMs }] });

function begin({ host, fence }: Opened, ...[isolation, changes]: Parameters<typeof someSpec>) {
  const spec = someSpec(isolation, { ...LONG, ...changes });
  host.create(spec, fence);
  host.start(spec.computeSystemId, fence);
  return spec.computeSystemId;
}

const tookMs = ({ host }: Opened, id: ReturnType<typeof begin>) => {
  const { failure, stages } = host.inspect(id);
  return (failure?.failedAtMs ?? stages.at(-1)?.finishedAtMs ?? 0) - 1_000;
};

describe('a start that goes wrong on a simulated host', () => {
  it.each([
    ['start-timeout', 'process', 'HCS_E_OPERATION_TIMEOUT', 240_000],
    ['start-timeout', 'hyperv', 'HCS_E_OPERATION_TIMEOUT', 240_000],
    ['guest-connect-timeout', 'hyperv', 'HCS_E_CONNECTION_TIMEOUT', 120_000],
    ['layer-import-failure', 'process', 'HCS_E_INVALID_LAYER', 0],
    ['commit-exhaustion', 'process', 'ERROR_COMMITMENT_LIMIT', 0],
  ] as const)('is failed by %s in isolation %s with %s', (fault, isolation, code, leastMs) => {
    const opened = openHost(onStart(fault, 2));
    const before = begin(opened, isolation);
    const struck = begin(opened, isolation);
    opened.time.advance(300_000);
    expect(opened.host.inspect(before).state).toBe('running');
    expect(opened.host.inspect(struck)).toMatchObject({ state: 'start-failed', failure: { code } });
    expect(tookMs(opened, struck)).toBeGreaterThanOrEqual(leastMs);
    expect(opened.host.inspect(begin(opened, isolation)).state).toBe('starting');
  });

  it('takes another layer import, or fails when five tries were in vain', () => {
    const outcomes = Array.from({ length: 60 }, () => {
      const opened = openHost(host({ rates: { 'layer-import-transient': 1 } }));
      const id = begin(opened, 'process');
      opened.time.advance(60_000);
      return opened.host.inspect(id).failure?.code ?? 'running';
    });
    expect(new Set(outcomes)).toEqual(new Set(['running', 'ERROR_FILE_NOT_FOUND']));
    expect(outcomes.filter((code) => code === 'running').length).toBeGreaterThan(45);
  });

  it('pulls a layer again that was damaged', () => {
    const opened = openHost(onStart('layer-import-failure'));
    begin(opened, 'process');
    const again = begin(opened, 'process');
    opened.time.advance(600_000);
    expect(opened.host.inspect(again).stages[0]?.name).toBe('image-pull');
  });

  it('gives two the same address, which both show', () => {
    const opened = openHost(onStart('duplicate-address', 2));
    const ids = [begin(opened, 'process'), begin(opened, 'process')];
    opened.time.advance(60_000);
    const shown = ids.map((id) => opened.host.properties(id)[0]?.Statistics.Network[0]);
    expect(shown[0]?.IpAddress).toBe(shown[1]?.IpAddress);
    expect(shown.map((each) => each?.Health)).toEqual(['DuplicateAddress', 'DuplicateAddress']);
  });
});

describe('what goes wrong while it runs', () => {
  it.each([
    ['utility-vm-crash', 0x8037011c],
    ['guest-connection-lost', 0x8037010a],
  ] as const)('ends by %s only the workload of that utility VM', (fault, exitCode) => {
    const opened = openHost(onStart(fault, 2));
    const others = [begin(opened, 'process'), begin(opened, 'hyperv', FOREVER)];
    const silo = begin(opened, 'process');
    opened.time.advance(500_000);
    const { exit } = opened.host.inspect(others[1] ?? 'cs_');
    expect(exit).toMatchObject({ exitCode, exitType: 'UnexpectedExit' });
    for (const id of [others[0] ?? 'cs_', silo]) {
      expect(opened.host.inspect(id).state).toBe('running');
    }
  });

  it('never strikes a silo with the end of a guest', () => {
    const opened = openHost(
      host({ rates: { 'utility-vm-crash': 1e6, 'guest-connect-timeout': 1 } }),
    );
    const id = begin(opened, 'process', FOREVER);
    opened.time.advance(600_000);
    expect(opened.host.inspect(id).state).toBe('running');
  });

  it('keeps a zombie reading as running although it has stopped, and tells no watcher', () => {
    const opened = openHost(onStart('zombie'));
    const told: string[] = [];
    opened.host.watch({ notice: ({ status }) => told.push(status.state), closed: () => {} });
    const id = begin(opened, 'process', running({ durationMs: 10 }));
    opened.time.advance(60_000);
    expect(told).toEqual(['created', 'starting', 'running']);
    expect(opened.host.properties(id)[0]).toMatchObject({ State: 'Running', Stopped: true });
    expect(opened.host.inspect(id)).toMatchObject({ state: 'exited', exit: { exitCode: 0 } });
  });

  it('leaves an endpoint behind, whose address comes back with the next boot', () => {
    const opened = openHost(onStart('endpoint-leak'));
    const id = begin(opened, 'process', running({ durationMs: 10 }));
    opened.time.advance(60_000);
    expect(opened.host.inspect(id).state).toBe('exited');
    expect(opened.host.usage().network.taken).toBe(1);
    opened.host.reboot({ token: 1, cause: 99 });
    expect(opened.host.usage().network.taken).toBe(0);
  });

  it('reaches from a silo the kernel of the host and every silo on it, and nothing from a utility VM', () => {
    const attempt = (isolation: 'process' | 'hyperv', hypervisorAdvisoryOpen: boolean) => {
      const plan = [{ fault: 'escape-attempt', onStart: 3 } as const];
      const opened = openHost(host({ plan, hypervisorAdvisoryOpen }));
      const [silo, vm] = [begin(opened, 'process'), begin(opened, 'hyperv')];
      begin(opened, isolation);
      opened.time.advance(700_000);
      const entry = opened.entries.find(({ kind }) => kind === 'escape-attempt');
      const reached = (id: string) => entry?.detail?.includes(id) === true;
      return { detail: entry?.detail, silo: reached(silo), vm: reached(vm) };
    };
    expect(attempt('process', false)).toMatchObject({ silo: true, vm: false });
    // What it finds there is the root of the other silo, which is not its own.
    expect(attempt('process', false).detail).toMatch(/ at \\Silos\\1$/);
    expect(attempt('hyperv', false)).toMatchObject({ silo: false, vm: false });
    expect(attempt('hyperv', false).detail).toMatch(/^contained .* \\Silos\\1 is its own$/);
    expect(attempt('hyperv', true)).toMatchObject({ silo: true, vm: true });
  });
});

describe('what goes wrong with a simulated host', () => {
  it('ends with its kernel everything that was on it, and it boots by itself', () => {
    const opened = openHost(atTime('host-bug-check', 100_000));
    const ids = [begin(opened, 'process'), begin(opened, 'hyperv')];
    const { bootId } = opened.host.fingerprint();
    const closed: string[] = [];
    opened.host.watch({ notice: () => {}, closed: (reason) => closed.push(reason) });
    opened.time.advance(100_001);
    expect(closed[0]).toContain('crashed');
    expect(() => opened.host.fingerprint()).toThrow('crashed');
    expect(() => opened.host.list()).toThrow('crashed');
    expect(() => opened.lease()).toThrow('crashed');
    opened.time.advance(60_000);
    expect(opened.host.fingerprint().bootId).not.toBe(bootId);
    for (const id of ids) expect(opened.host.inspect(id).state).toBe('spent');
    opened.lease();
    const again = begin(opened, 'process');
    opened.time.advance(60_000);
    expect(opened.host.inspect(again).state).toBe('running');
  });

  it('tells whoever simulates that it lost its power, which its journal says only with its next boot', () => {
    const downs: string[] = [];
    const changes = atTime('host-bug-check', 1_000);
    const opened = openHost(changes, { wentDown: () => downs.push('down') });
    expect(opened.host.isAway).toBe(false);
    opened.time.advance(1_001);
    expect([downs.length, opened.host.isAway]).toEqual([1, true]);
    expect(opened.entries.at(-1)?.kind).toBe('lease-renewed');
    opened.time.advance(60_000);
    expect([downs.length, opened.host.isAway]).toEqual([1, false]);
    expect(opened.entries.at(-1)?.kind).toBe('boot');
  });

  it('answers no order while its service hangs, until it resets itself', () => {
    const opened = openHost(onStart('hcs-hang', 2));
    const up = begin(opened, 'process');
    opened.time.advance(60_000);
    const stuck = begin(opened, 'process');
    opened.host.terminate(up, opened.fence);
    opened.time.advance(120_000);
    expect(opened.host.inspect(up).state).toBe('running');
    expect(opened.host.inspect(stuck).state).toBe('starting');
    opened.lease();
    opened.time.advance(200_000);
    expect(opened.host.inspect(up).state).toBe('spent');
    expect(opened.host.inspect(stuck).state).toBe('spent');
  });

  it('goes down with a hung service when its lease ends, because nothing may outlive that', () => {
    const opened = openHost(atTime('hcs-hang', 3_590_000));
    const id = begin(opened, 'process', FOREVER);
    opened.time.advance(3_600_001);
    expect(() => opened.host.inspect(id)).toThrow('lease has ended');
    expect(opened.entries.at(-1)?.kind).toBe('lease-expired');
    opened.time.advance(60_000);
    expect(opened.host.inspect(id).state).toBe('spent');
  });

  it('carries out what was asked while its service went away, without a word, and goes on', () => {
    const opened = openHost(onStart('service-disconnect', 2));
    const up = begin(opened, 'process');
    opened.time.advance(60_000);
    const spec = someSpec('process', LONG);
    opened.host.create(spec, opened.fence);
    const start = () => opened.host.start(spec.computeSystemId, opened.fence);
    expect(start).toThrow('HCS_E_SERVICE_DISCONNECT');
    expect(start).toThrow('HCS_E_SERVICE_DISCONNECT');
    expect(opened.host.fingerprint().bootId).toBe('boot-1');
    opened.lease();
    opened.time.advance(60_000);
    expect(opened.host.inspect(up).state).toBe('running');
    expect(opened.host.inspect(spec.computeSystemId).state).toBe('running');
    expect(opened.entries.filter(({ kind }) => kind === 'start')).toHaveLength(2);
  });

  it('loses some of the starts that were under way when its service went away', () => {
    const opened = openHost(atTime('service-disconnect', 10));
    const ids = Array.from({ length: 12 }, () => begin(opened, 'process'));
    opened.time.advance(120_000);
    const codes = ids.map((id) => opened.host.inspect(id).failure?.code ?? 'running');
    expect(new Set(codes)).toEqual(new Set(['running', 'HCS_E_SERVICE_DISCONNECT']));
  });

  it('is ten times slower while its disk is', () => {
    const measure = (changes: Partial<HostSpec>) => {
      restartIds();
      const opened = openHost(changes);
      opened.time.advance(10);
      const id = begin(opened, 'process');
      opened.time.advance(120_000);
      return tookMs(opened, id) - 10;
    };
    const ratio = measure(atTime('slow-disk', 5)) / measure({});
    expect(ratio).toBeCloseTo(10, 1);
  });

  it('tells times by its own clock, and waits by the right one', () => {
    const opened = openHost(atTime('clock-skew', 0));
    opened.time.advance(1);
    const id = begin(opened, 'process', running({ durationMs: 1_000 }));
    opened.time.advance(60_000);
    const { exit, stages } = opened.host.inspect(id);
    const journalled = opened.entries.find(({ kind }) => kind === 'exit')?.atMs ?? 0;
    expect(Math.abs((exit?.exitedAtMs ?? 0) - journalled)).toBeGreaterThan(1_000);
    expect((exit?.exitedAtMs ?? 0) - (stages.at(-1)?.finishedAtMs ?? 0)).toBe(1_000);
  });
});

describe('faults of a simulated host', () => {
  const life = (faults: SimulatedFaults) => {
    restartIds();
    const opened = openHost(host(faults));
    for (let round = 0; round < 30; round += 1) {
      try {
        opened.lease();
        begin(opened, round % 2 === 0 ? 'process' : 'hyperv', running({ durationMs: 5_000 }));
      } catch {}
      opened.time.advance(60_000);
    }
    return JSON.stringify(opened.entries);
  };

  it('are the same again for the same seed, and others for another', () => {
    const seeds = [1, 2, 3, 4];
    expect(seeds.map((seed) => life({ seed }))).toEqual(seeds.map((seed) => life({ seed })));
    expect(new Set(seeds.map((seed) => life({ seed }))).size).toBe(seeds.length);
  });

  it('leave a host as it is where they never come', () => {
    const calm = life({ rates: {} });
    expect(life({ rates: { zombie: 0 } })).toBe(calm);
    expect(calm).not.toContain('start-failed');
  });

  it('end when they are switched off, and what had gone wrong takes its course', () => {
    let on = true;
    const opened = openHost(host({ rates: { 'start-timeout': 1 } }), { faultsComeAbout: () => on });
    const struck = begin(opened, 'process');
    on = false;
    const later = begin(opened, 'process');
    opened.time.advance(300_000);
    expect(opened.host.inspect(struck).state).toBe('start-failed');
    expect(opened.host.inspect(later).state).toBe('running');
  });

  it('do not change each other: one more leaves the others where they were', () => {
    const image = someImage({ reference: 'example.test/own:1', known: false });
    const failures = (faults: SimulatedFaults) => {
      restartIds();
      const opened = openHost(host(faults));
      return Array.from({ length: 40 }, () => {
        const id = begin(opened, 'process', { image, resources: { cpuMillis: 1, memoryMiB: 1 } });
        opened.time.advance(1_000);
        return opened.host.inspect(id).failure?.code === 'ERROR_FILE_NOT_FOUND' ? id : '-';
      });
    };
    const rates = { 'layer-import-transient': 0.5 };
    expect(failures({ rates: { ...rates, zombie: 0.5 } })).toEqual(failures({ rates }));
  });
});
