import type { ImageBase, Isolation, RandomSource, TimeMs } from '@bulkhead/domain';
import type { FinishedStage } from '../driver.js';
import { CALIBRATION, type CalibrationFigure } from './calibration.js';
import { normalFrom } from './random.js';

export interface StartConditions {
  readonly isolation: Isolation;
  readonly base: ImageBase;
  /** The host has not run a utility VM of this image since its boot, so nothing of it is cached. */
  readonly firstOfImage: boolean;
  /** Other starts in flight on the host. */
  readonly othersStarting: number;
}

/** The full `server` base is counted with Server Core, a Linux guest with Nano Server: no figures of their own exist. */
export function medianStart(conditions: StartConditions): CalibrationFigure {
  const small = conditions.base === 'nanoserver' || conditions.base === 'linux';
  if (conditions.isolation === 'process') {
    return small ? CALIBRATION.processNano : CALIBRATION.processCore;
  }
  if (small) return CALIBRATION.hypervNano;
  return conditions.firstOfImage ? CALIBRATION.hypervCoreFirst : CALIBRATION.hypervCore;
}

/** How long a start takes, unscaled: log-normal around the median, slower with every other start in flight. */
export function drawStartMs(random: RandomSource, conditions: StartConditions): number {
  const median = medianStart(conditions);
  const spread = Math.exp((median.sigma ?? 0) * normalFrom(random));
  const slowdown = 1 + CALIBRATION.concurrencySlowdown.value * conditions.othersStarting;
  return median.value * 1000 * spread * slowdown;
}

/** A stage and the part of the start that it takes. */
export interface StageShare {
  readonly name: FinishedStage['name'];
  readonly path: FinishedStage['path'];
  readonly share: number;
}

/** Lays stages end to end from `fromMs`; shares that sum to 1 end exactly at `fromMs + totalMs`. */
export function layStages(
  shares: readonly StageShare[],
  fromMs: TimeMs,
  totalMs: number,
): FinishedStage[] {
  let passed = 0;
  return shares.map(({ name, path, share }) => {
    const startedAtMs = fromMs + Math.round(passed * totalMs);
    passed += share;
    return { name, path, startedAtMs, finishedAtMs: fromMs + Math.round(passed * totalMs) };
  });
}
