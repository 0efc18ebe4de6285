import { beforeEach, describe, expect, it } from 'vitest';
import {
  FOREVER,
  restartIds,
  running,
  someImage,
  someSpec,
} from '../../driver-scenario.contract.js';
import { CALIBRATION } from '../calibration.js';
import { EXIT_CODE } from '../hcs/exit-codes.js';
import { openHost } from '../open-host.contract.js';
import { footprintOf } from './footprint.js';
import { SYSTEM_PROCESSES } from './system-processes.js';

beforeEach(restartIds);

const core = someImage({
  base: 'servercore',
  reference: 'mcr.microsoft.com/windows/servercore:ltsc2022',
});

function begin(
  opened: ReturnType<typeof openHost>,
  ...[isolation, changes]: Parameters<typeof someSpec>
) {
  const spec = someSpec(isolation, { ...FOREVER, ...changes });
  opened.host.create(spec, opened.fence);
  opened.host.start(spec.computeSystemId, opened.fence);
  return spec.computeSystemId;
}

describe('the memory of a simulated host', () => {
  it('is shared by the utility VMs of one image: the second costs only its private part', () => {
    const opened = openHost();
    const inUse = () => opened.host.usage().memory;
    const empty = inUse();
    const first = begin(opened, 'hyperv', { image: core });
    const one = inUse();
    const second = begin(opened, 'hyperv', { image: core });
    const two = inUse();
    expect(one.sharedMiB).toBeGreaterThan(200);
    expect(two.sharedMiB).toBe(one.sharedMiB);
    const [costFirst, costSecond] = [one.inUseMiB - empty.inUseMiB, two.inUseMiB - one.inUseMiB];
    expect(costFirst - costSecond).toBeCloseTo(one.sharedMiB);
    expect(two.nonPagedMiB).toBe(2 * CALIBRATION.utilityVmKernelPool.value);
    for (const id of [first, second]) opened.host.terminate(id, opened.fence);
    opened.time.advance(60_000);
    expect(inUse()).toEqual(empty);
  });

  it('commits for a utility VM what it is limited to, and for a silo what it uses', () => {
    const need = { base: 'nanoserver', limitMiB: 1_000, usesMiB: 100, imageMiB: 283 } as const;
    const silo = footprintOf({ ...need, isolation: 'process' });
    const vm = footprintOf({ ...need, isolation: 'hyperv' });
    expect(silo.commitMiB).toBe(silo.privateMiB);
    expect(silo).toMatchObject({ sharedMiB: 0, nonPagedMiB: 0 });
    expect(vm.commitMiB).toBe(1_000 + 512 + 500);
    expect(vm.privateMiB - silo.privateMiB).toBe(512);
  });

  it('refuses a start beyond the commit limit with the code that Windows gives', () => {
    const opened = openHost({ memoryMiB: 2_048 });
    const reserved = { cpuMillis: 10, memoryMiB: 10 };
    const resources = { cpuMillis: 10, memoryMiB: 1_500 };
    // Whoever reserves less than a utility VM costs finds out at its start.
    const id = begin(opened, 'hyperv', { resources, reserved });
    opened.time.advance(60_000);
    const { failure, stages } = opened.host.inspect(id);
    expect(failure).toMatchObject({ code: 'ERROR_COMMITMENT_LIMIT', hresult: '0x800705AF' });
    expect(failure?.detail).toContain('commits 2512 MiB of');
    expect(stages).toEqual([]);
    expect(opened.host.usage().network.taken).toBe(0);
  });

  it('slows starts down where more is in use than the host has', () => {
    const startMs = (memoryMiB: number) => {
      restartIds();
      const opened = openHost({ memoryMiB, simulation: { timeScale: 1, seed: 3 } });
      const reserved = { cpuMillis: 1, memoryMiB: 1 };
      const resources = { cpuMillis: 1, memoryMiB: 1_800 };
      begin(opened, 'process', { resources, reserved });
      begin(opened, 'process', { resources, reserved });
      opened.time.advance(60_000);
      const id = begin(opened, 'process');
      opened.time.advance(60_000);
      const { stages } = opened.host.inspect(id);
      return (stages.at(-1)?.finishedAtMs ?? 0) - (stages[0]?.startedAtMs ?? 0);
    };
    expect(startMs(2_400)).toBeGreaterThan(1.5 * startMs(16_384));
  });

  it('ends a workload that needs more than its limit, on the way there, as Windows does', () => {
    const opened = openHost();
    const resources = { cpuMillis: 100, memoryMiB: 256 };
    const id = begin(opened, 'process', {
      resources,
      ...running({ durationMs: 10_000, memoryMiB: 1_024 }),
    });
    opened.time.advance(60_000);
    const { exit, stages } = opened.host.inspect(id);
    expect(exit).toMatchObject({ exitCode: EXIT_CODE.commitmentLimit, exitType: 'UnexpectedExit' });
    expect((exit?.exitedAtMs ?? 0) - (stages.at(-1)?.finishedAtMs ?? 0)).toBe(2_500);
  });
});

describe('the processes of an empty container', () => {
  it.each([
    ['nanoserver', 13, 28.3],
    ['servercore', 16, 39.1],
  ] as const)('of %s are %i with %d MB of their own', (base, count, megabytes) => {
    const processes = SYSTEM_PROCESSES[base];
    expect(processes).toHaveLength(count);
    const sum = processes.reduce((all, { privateMB }) => all + privateMB, 0);
    expect(sum).toBeCloseTo(megabytes, 0);
  });
});
