import type { Case } from './cases.js';

/** One run of one case. */
export interface Load extends Case {
  readonly seconds: number;
  /** Connections to use where the contestant leaves the choice to the bench. */
  readonly connections: number | null;
}

export interface Loaded {
  readonly appends: number;
  readonly events: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of this process alone. */
  readonly cpuSeconds: number;
}
