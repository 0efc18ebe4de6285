import { CALIBRATION, footprintOf } from '@bulkhead/hypervisor/simulated';
import { type Experiment, meanOf, published, rounded } from './experiment.js';
import { catalogueImage, secondsOf, TrialHost } from './trial-host.js';

const STARTS = 200;
const MB_PER_MIB = 1.048_576;
const IMAGE_MIB = 3_672;
const ISSUE_478 = 'https://github.com/microsoft/Windows-Containers/issues/478';
const MINIMUM = 'Virtualization-Documentation, system requirements until 2019: 45 to 50 MB';
const OVERHEAD =
  'kubernetes-sigs/windows-testing pull request 560: 200 to 500 MB used, 512 MiB reserved';

export const bothWalls: Experiment = {
  name: 'both-walls',
  question: 'What does the same image cost in a silo and in a utility VM?',
  run: () => {
    const image = catalogueImage('mcr.microsoft.com/windows/servercore:ltsc2022');
    const host = new TrialHost(1);
    host.start(image, 'hyperv');
    const means = (['process', 'hyperv'] as const).map((isolation) =>
      meanOf(Array.from({ length: STARTS }, () => secondsOf(host.start(image, isolation)))),
    );
    const [process = 0, hyperv = 0] = means.map(rounded);
    const need = { base: 'servercore', limitMiB: 1_024, usesMiB: 0, imageMiB: IMAGE_MIB } as const;
    const silo = footprintOf({ ...need, isolation: 'process' });
    const vm = footprintOf({ ...need, isolation: 'hyperv' });
    const beyond = (vm.privateMiB - silo.privateMiB) * MB_PER_MIB;
    return {
      panels: [
        {
          name: 'start',
          title: 'Start of servercore:ltsc2022 behind both walls',
          unit: `seconds, mean of ${STARTS} starts`,
          findings: [
            { label: 'process', value: process, expected: null },
            { label: 'hyperv', value: hyperv, expected: published(5, 19, ISSUE_478) },
          ],
        },
        {
          name: 'memory',
          title: 'Memory of its own of an empty servercore:ltsc2022',
          unit: 'MB',
          findings: [
            {
              label: 'process',
              value: rounded(silo.privateMiB * MB_PER_MIB),
              expected: published(45, 50, MINIMUM),
            },
            {
              label: 'hyperv, beyond that',
              value: rounded(beyond),
              expected: published(200, rounded(512 * MB_PER_MIB), OVERHEAD),
            },
          ],
        },
      ],
      assumptions: [
        CALIBRATION.processCore,
        CALIBRATION.hypervCore,
        CALIBRATION.siloPrivateCore,
        CALIBRATION.utilityVmMemory,
      ],
    };
  },
};
