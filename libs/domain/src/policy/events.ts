import type { Event } from '../event.js';

/** What operators may choose; the rules themselves are code in `isolation/`. */
export interface Policy {
  /** Images of these publishers may run on a shared kernel. */
  readonly trustedPublishers: readonly string[];
  /** How long a workload waits for a kernel of its boundary before it gets a utility VM. */
  readonly kernelPatienceMs: number;
  /** What a utility VM costs its host on top of what the workload asked for. */
  readonly utilityVmReserve: { readonly cpuMillis: number; readonly memoryMiB: number };
  /** Which revision of `isolation/compatibility.ts` decides what a host can run. */
  readonly compatibilityVersion: number;
}

export type PolicyPublished = Event<'PolicyPublished', 1, { version: number; policy: Policy }>;
export type PolicyEvent = PolicyPublished;
