import type { TrustLevel } from '@bulkhead/domain';

/** Kinds of trouble whose rate is drawn for each seed anew; the others do not happen in that world. */
export const faultKinds = [
  'log-delays',
  'log-losses',
  'host-delays',
  'host-losses',
  'host-repeats',
  'notices',
  'api-losses',
  'growth-losses',
  'queue-order',
  'queue-repeats',
  'machines',
] as const;
/** Drawn apart from the others, so that worlds without are the same as if there were none anywhere. */
export const faultsDrawnApart = ['late-writes'] as const;
export type FaultKind = (typeof faultKinds)[number] | (typeof faultsDrawnApart)[number];

/** One thing that somebody does, or that happens: an act by its name, when, and whom and what it is about. */
export interface PlannedAct {
  readonly atMs: number;
  readonly act: string;
  readonly who: number;
  readonly what: number;
}

export interface PlannedHost {
  readonly osVersion: string;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly hypervPresent: boolean;
  readonly timeScale: number;
}

export interface PlannedTenant {
  readonly trust: TrustLevel;
  readonly boundary: string | null;
}

/**
 * Everything about a world that its seed decides beforehand. Chance on the way (how late a message comes,
 * say) hangs on the seed as well, so that a plan with the same seed plays the same again.
 */
export interface Plan {
  readonly seed: number;
  readonly workers: number;
  readonly apis: number;
  readonly hosts: readonly PlannedHost[];
  readonly tenants: readonly PlannedTenant[];
  readonly faults: readonly FaultKind[];
  /** Leases and patience with hosts last a fifth of what they last elsewhere, so that more comes of it. */
  readonly isHasty: boolean;
  readonly acts: readonly PlannedAct[];
  /** How long people act, and faults happen, before the world is left alone. */
  readonly actingMs: number;
}
