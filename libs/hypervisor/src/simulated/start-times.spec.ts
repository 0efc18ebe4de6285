import type { RandomSource } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { CALIBRATION } from './calibration.js';
import { randomFrom, randomOf } from './random.js';
import { SILO_STAGES } from './silo.js';
import { drawStartMs, layStages, type StartConditions } from './start-times.js';
import { UTILITY_VM_STAGES } from './utility-vm.js';

const quiet = { firstOfImage: false, othersStarting: 0 };
const DRAWS = 4_001;

function sorted(
  conditions: StartConditions,
  random: RandomSource = randomFrom('median'),
): number[] {
  return Array.from({ length: DRAWS }, () => drawStartMs(random, conditions)).sort((a, b) => a - b);
}
const medianOf = (draws: number[]) => (draws[(DRAWS - 1) / 2] ?? 0) / 1000;

describe('how long a start takes', () => {
  it.each([
    ['process', 'nanoserver', false, CALIBRATION.processNano],
    ['process', 'servercore', false, CALIBRATION.processCore],
    ['process', 'server', false, CALIBRATION.processCore],
    ['hyperv', 'nanoserver', false, CALIBRATION.hypervNano],
    ['hyperv', 'linux', true, CALIBRATION.hypervNano],
    ['hyperv', 'servercore', false, CALIBRATION.hypervCore],
    ['hyperv', 'servercore', true, CALIBRATION.hypervCoreFirst],
  ] as const)(
    'is spread around the calibrated median: %s %s, first %s',
    (isolation, base, first, figure) => {
      const draws = sorted({ isolation, base, firstOfImage: first, othersStarting: 0 });
      expect(medianOf(draws) / figure.value).toBeCloseTo(1, 1);
      const logSpread = Math.log((draws[Math.round(DRAWS * 0.8413)] ?? 0) / 1000 / figure.value);
      expect(logSpread).toBeCloseTo(figure.sigma ?? 0, 1);
    },
  );

  it('grows by the calibrated part with every other start in flight', () => {
    const conditions = { isolation: 'process', base: 'nanoserver', firstOfImage: false } as const;
    const alone = drawStartMs(randomFrom('x'), { ...conditions, othersStarting: 0 });
    const crowded = drawStartMs(randomFrom('x'), { ...conditions, othersStarting: 5 });
    expect(crowded / alone).toBeCloseTo(1.6);
  });

  it('is the same for the same seed and id, and for no other', () => {
    const draw = (seed: number, id: string) =>
      drawStartMs(randomOf(seed, id), { isolation: 'hyperv', base: 'nanoserver', ...quiet });
    expect(draw(1, 'cs_a')).toBe(draw(1, 'cs_a'));
    expect(draw(1, 'cs_a')).not.toBe(draw(2, 'cs_a'));
    expect(draw(1, 'cs_a')).not.toBe(draw(1, 'cs_b'));
  });

  it('divides into stages without gap or overlap', () => {
    for (const shares of [SILO_STAGES, UTILITY_VM_STAGES]) {
      const stages = layStages(shares, 1_000, 777);
      expect(stages[0]?.startedAtMs).toBe(1_000);
      expect(stages.at(-1)?.finishedAtMs).toBe(1_777);
      for (const [at, stage] of stages.slice(1).entries()) {
        expect(stage.startedAtMs).toBe(stages[at]?.finishedAtMs);
      }
    }
  });
});

describe('seeded chance', () => {
  it('is uniform enough to calibrate with', () => {
    const random = randomFrom('uniform');
    const tenths = new Array<number>(10).fill(0);
    for (let n = 0; n < 10_000; n++) {
      const at = Math.floor(random() * 10);
      tenths[at] = (tenths[at] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(900);
    expect(Math.max(...tenths)).toBeLessThan(1_100);
  });

  it('gives these very numbers for ever, so that a seed stays a scenario', () => {
    const random = randomFrom('bulkhead');
    expect([random(), random(), random()].map((n) => n.toFixed(9))).toMatchInlineSnapshot(`
      [
        "0.517616655",
        "0.558161764",
        "0.331062261",
      ]
    `);
  });
});
