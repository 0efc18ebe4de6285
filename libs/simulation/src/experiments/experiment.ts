import type { CalibrationFigure } from '@bulkhead/hypervisor/simulated';

/** What somebody published, or what was assumed because nobody did. */
export interface Expected {
  readonly low: number;
  readonly high: number;
  readonly source: string;
  /** `assumed`: agreement with it shows that the model does what it is told, not that the world does. */
  readonly kind: 'published' | 'assumed';
}

/** One line of what an experiment found. */
export interface Finding {
  readonly label: string;
  readonly value: number;
  /** Null where nothing is known to compare it with. */
  readonly expected: Expected | null;
}

/** Findings in one unit: a table, and a chart. */
export interface Panel {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly findings: readonly Finding[];
}

export interface ExperimentResult {
  readonly panels: readonly Panel[];
  /** Figures of the model that it stands on and that nobody measured. */
  readonly assumptions: readonly CalibrationFigure[];
}

/** A published result, tried on the model. It depends on nothing: it gives the same every time. */
export interface Experiment {
  readonly name: string;
  readonly question: string;
  run(): ExperimentResult;
}

export function published(low: number, high: number, source: string): Expected {
  return { low, high, source, kind: 'published' };
}

export function assumed(low: number, high: number, source: string): Expected {
  return { low, high, source, kind: 'assumed' };
}

/** Whether it is where its source says. What has no source cannot be anywhere else. */
export function isAsExpected({ value, expected }: Finding): boolean {
  return expected === null || (value >= expected.low && value <= expected.high);
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Two digits after the point say all that such a figure can. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
