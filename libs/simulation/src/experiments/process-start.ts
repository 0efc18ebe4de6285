import { CALIBRATION, type CalibrationFigure } from '@bulkhead/hypervisor/simulated';
import { type Experiment, meanOf, published, rounded } from './experiment.js';
import { catalogueImage, secondsOf, TrialHost } from './trial-host.js';

const STARTS = 200;
const SEED_001 = 'MSDN Magazine, T. Brown, April 2017: 7 to 8 s in the Build 2015 demonstration';
const SEED_001_AFTER = 'the same article: less than a second a year later';

/**
 * The time of a silo's start goes by the system services that come up in it. How many more there were
 * before they were trimmed, nobody wrote down.
 */
const UNTRIMMED: CalibrationFigure = {
  id: 'sim.start.services.untrimmed',
  value: 9,
  unit: 'ratio',
  sigma: null,
  source: 'chosen so that the start before the trimming is as slow as published; no count exists',
  kind: 'proposed',
};

export const processStart: Experiment = {
  name: 'process-start',
  question: 'How much of a process start was the system services that a container does not need?',
  run: () => {
    const host = new TrialHost(1);
    const image = catalogueImage('mcr.microsoft.com/windows/nanoserver:ltsc2022');
    const seconds = Array.from({ length: STARTS }, () => secondsOf(host.start(image, 'process')));
    const trimmed = meanOf(seconds);
    return {
      panels: [
        {
          name: 'start',
          title: 'Process start before and after its services were trimmed',
          unit: `seconds, mean of ${STARTS} starts`,
          findings: [
            {
              label: 'every service',
              value: rounded(trimmed * UNTRIMMED.value),
              expected: published(7, 8, SEED_001),
            },
            {
              label: 'trimmed',
              value: rounded(trimmed),
              expected: published(0, 1, SEED_001_AFTER),
            },
          ],
        },
      ],
      assumptions: [CALIBRATION.processNano, UNTRIMMED],
    };
  },
};
