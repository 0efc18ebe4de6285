import { type ComputeSystemId, prefixedId } from '@bulkhead/domain';
import {
  CALIBRATION,
  type CalibrationFigure,
  type Footprint,
  footprintOf,
  HostMemory,
} from '@bulkhead/hypervisor/simulated';
import { type Experiment, type Finding, published } from './experiment.js';

const HOST_MIB = 64 * 1_024;
const RESERVE_MB = 2_000;
const MB_PER_MIB = 1.048_576;
const SYSTEMS_MAX = 10_000;
/** What `nanoserver:ltsc2022` and `servercore:ltsc2022` take on disk. */
const IMAGE_MIB = { nanoserver: 283, servercore: 3_672 } as const;

const MINIMUM =
  'Virtualization-Documentation, system requirements until 2019 (commit 7d72933b), and private working sets of published process listings';
const OVERHEAD =
  'kubernetes-sigs/windows-testing pull requests 560 (200 to 500 MB used, 512 MiB reserved) and 567 (500 MiB of kernel pool); one direct map window of hcsshim (1,024 MB) for all of them';

/** A whole Windows in a VM of its own. */
const FULL_VM: CalibrationFigure = {
  id: 'sim.mem.full_vm',
  value: 2_048,
  unit: 'MiB',
  sigma: null,
  source: 'chosen for the simulation; no published figure was collected',
  kind: 'proposed',
};

/** How many empty ones fit before the host has to page. */
function fitting(of: Footprint): number {
  const memory = new HostMemory(HOST_MIB);
  for (let count = 0; count < SYSTEMS_MAX; count++) {
    if (memory.shortageOf(of) !== null) return count;
    const id = prefixedId('cs', count.toString(16).padStart(32, '0')) as ComputeSystemId;
    memory.hold(id, 'image', of);
    const { inUseMiB, physicalMiB } = memory.usage();
    if (inUseMiB > physicalMiB) return count;
  }
  return SYSTEMS_MAX;
}

/** What fits by the published figures alone, in megabytes each, and at most so many that all share. */
function by([leastMb, mostMb]: readonly [number, number], source: string, sharedMb = 0) {
  const freeMb = HOST_MIB * MB_PER_MIB - RESERVE_MB;
  return published(Math.floor((freeMb - sharedMb) / mostMb), Math.ceil(freeMb / leastMb), source);
}

function findingsFor(
  base: 'nanoserver' | 'servercore',
  [leastMb, mostMb]: readonly [number, number],
): Finding[] {
  const need = { base, limitMiB: 1_024, usesMiB: 0, imageMiB: IMAGE_MIB[base] } as const;
  const silo = footprintOf({ ...need, isolation: 'process' });
  const vm = footprintOf({ ...need, isolation: 'hyperv' });
  const alone = { ...vm, privateMiB: vm.privateMiB + vm.sharedMiB, sharedMiB: 0 };
  const full = { ...silo, privateMiB: FULL_VM.value + silo.privateMiB, commitMiB: FULL_VM.value };
  const poolMb = 500 * MB_PER_MIB;
  return [
    { label: 'silos', value: fitting(silo), expected: by([leastMb, mostMb], MINIMUM) },
    {
      label: 'utility VMs',
      value: fitting(vm),
      expected: by(
        [leastMb + 200 + poolMb, mostMb + 512 * MB_PER_MIB + poolMb],
        OVERHEAD,
        CALIBRATION.directMapWindow.value,
      ),
    },
    { label: 'without shared pages', value: fitting(alone), expected: null },
    { label: 'full VMs', value: fitting(full), expected: null },
  ];
}

export const density: Experiment = {
  name: 'density',
  question: 'How many empty containers fit on a host of 64 GiB behind each wall?',
  run: () => ({
    panels: [
      {
        name: 'nano',
        title: 'Nano Server on a host of 64 GiB',
        unit: 'containers before the host pages',
        findings: findingsFor('nanoserver', [28.3, 40]),
      },
      {
        name: 'core',
        title: 'Server Core on a host of 64 GiB',
        unit: 'containers before the host pages',
        findings: findingsFor('servercore', [45, 50]),
      },
    ],
    assumptions: [
      CALIBRATION.siloPrivateNano,
      CALIBRATION.siloPrivateCore,
      CALIBRATION.utilityVmMemory,
      CALIBRATION.utilityVmKernelPool,
      CALIBRATION.directMapResident,
      FULL_VM,
    ],
  }),
};
