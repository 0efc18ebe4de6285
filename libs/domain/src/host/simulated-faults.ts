/** Everything that can go wrong on a simulated host, by the name of what was seen on real ones. */
export const simulatedFaultIds = [
  'hcs-hang',
  'start-timeout',
  'guest-connect-timeout',
  'guest-connection-lost',
  'utility-vm-crash',
  'host-bug-check',
  'layer-import-transient',
  'layer-import-failure',
  'endpoint-leak',
  'duplicate-address',
  'service-disconnect',
  'zombie',
  'commit-exhaustion',
  'slow-disk',
  'clock-skew',
  'escape-attempt',
] as const;

export type SimulatedFaultId = (typeof simulatedFaultIds)[number];

/** One fault at one time: `atMs` after the host was provisioned, or with its start number `onStart`, from 1. */
export type PlannedFault =
  | { readonly fault: SimulatedFaultId; readonly atMs: number }
  | { readonly fault: SimulatedFaultId; readonly onStart: number };

/** Which faults a simulated host has; the same ones again for the same seed. */
export interface SimulatedFaults {
  /**
   * Of each fault: how probable it is each time that it could happen, or how often it comes in an hour. A
   * fault that is not named does not come; `proposed` stands for the assumed rate of every fault.
   */
  readonly rates?: 'proposed' | Readonly<Partial<Record<SimulatedFaultId, number>>>;
  /** Draws which faults come, and how often, where no rates are given. */
  readonly seed?: number;
  readonly plan?: readonly PlannedFault[];
  /** While true, an escape from a utility VM succeeds, as it does below the fix of a hypervisor advisory. */
  readonly hypervisorAdvisoryOpen?: boolean;
}
