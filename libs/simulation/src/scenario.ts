import type {
  CatalogueImage,
  OsVersion,
  Policy,
  RequestedIsolation,
  Resources,
  TenantId,
  TrustLevel,
} from '@bulkhead/domain';

/** A tenant of a simulated fleet. */
export interface PlannedTenant {
  readonly name: string;
  readonly trust: TrustLevel;
  /** The named boundary that it shares, which only trusted tenants can; null for its own. */
  readonly boundaryGroup: string | null;
}

/** One workload that will be submitted. */
export interface Arrival {
  /** Since the beginning, in milliseconds; arrivals come in this order. */
  readonly atMs: number;
  /** Which of the scenario's tenants submits it. */
  readonly tenant: number;
  /** Reference of its image; one that the catalogue lacks is run as an unknown image. */
  readonly image: string;
  readonly isolation: RequestedIsolation;
  readonly resources: Resources;
  readonly durationMs: number;
}

/** Hosts that are all alike, but for the Windows that they run in turn. */
export interface PlannedHosts {
  readonly count: number;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly osVersions: readonly OsVersion[];
}

/** Everything that decides what a simulation gives: the same scenario gives the same events, byte for byte. */
export interface Scenario {
  readonly seed: number;
  readonly hosts: PlannedHosts;
  readonly tenants: readonly PlannedTenant[];
  readonly images: readonly CatalogueImage[];
  /** The policy for tenants with these ids, in the order of `tenants`. */
  readonly policyFor: (tenants: readonly TenantId[]) => Policy;
  /** How many arrivals there are. */
  readonly workloads: number;
  readonly arrivals: () => Iterator<Arrival>;
}
