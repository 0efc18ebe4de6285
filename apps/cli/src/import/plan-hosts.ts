import type { ProcessorSize, Resources } from './job-request.js';
import { resourcesFor } from './job-request.js';

/** The body of `POST /v1/hosts`. */
export interface HostRequest extends Resources {
  readonly name: string;
  readonly osVersion: string;
  readonly architecture: 'amd64';
  readonly hypervPresent: true;
  readonly simulation: {
    readonly timeScale: number;
    readonly seed: number;
    readonly faults?: HostFaults;
  };
}

/** What goes wrong on the hosts: every fault by its assumed rate, or faults and rates drawn from a seed. */
export type HostFaults = { readonly rates: 'proposed' } | { readonly seed: number };

export interface HostChoices {
  readonly count: number;
  readonly largestProcessors: number;
  readonly perProcessor: ProcessorSize;
  readonly utilityVmReserve: Resources;
  /** The hosts' stage times are divided by it, as the run times are. */
  readonly speed: number;
  readonly seed: number;
  /** Null where nothing goes wrong. */
  readonly faults: HostFaults | null;
  readonly suffix: string;
}

/**
 * The releases of Windows that imported hosts run in turn. Both start the images of 2022 in a silo, only
 * the first those of 2025; older images and Linux need a utility VM on either.
 */
export const HOST_OS_VERSIONS = ['10.0.26100.1742', '10.0.20348.2461'] as const;

/** Beside the largest job a host has memory for the reserves of so many utility VMs. */
const UTILITY_VMS_BESIDE = 32;

/** Hosts that are alike but for their Windows: each fits the largest job inside a utility VM. */
export function planHosts(choices: HostChoices): readonly HostRequest[] {
  const { largestProcessors, perProcessor, utilityVmReserve, speed, seed, suffix } = choices;
  const faults = choices.faults === null ? {} : { faults: choices.faults };
  const largest = resourcesFor(largestProcessors, perProcessor);
  const reserves = UTILITY_VMS_BESIDE + 1;
  return Array.from({ length: choices.count }, (_, index) => ({
    name: `import-${String(index + 1).padStart(2, '0')}${suffix}`,
    osVersion: HOST_OS_VERSIONS[index % HOST_OS_VERSIONS.length] as string,
    architecture: 'amd64',
    cpuMillis: largest.cpuMillis + reserves * utilityVmReserve.cpuMillis,
    memoryMiB: largest.memoryMiB + reserves * utilityVmReserve.memoryMiB,
    hypervPresent: true,
    simulation: { timeScale: speed, seed: seed + index, ...faults },
  }));
}
