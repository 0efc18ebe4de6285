import type { Resources } from '@bulkhead/domain';

/** What a generated mix is made of. Every default is an assumption about nobody's fleet in particular. */
export interface MixSettings {
  readonly tenants: number;
  /** Percent of the tenants that are trusted and share one boundary. */
  readonly trustedPercent: number;
  /** Percent of the tenants that are hostile. The others are standard, each alone in its boundary. */
  readonly hostilePercent: number;
  readonly workloads: number;
  /**
   * Percent of the fleet's memory that what arrives asks for on the average, without what utility VMs cost besides. A fleet that is
   * empty at the beginning comes near it after a few run times, and holds less again once nothing arrives any more.
   */
  readonly loadPercent: number;
  /** `steady`: each comes by itself, at random. `bursty`: eight together. */
  readonly arrivals: 'steady' | 'bursty';
  /** Median of the run times, in seconds; log-normal with sigma 1. */
  readonly runSeconds: number;
  /** What is run: `mixed` has Nano Server, Server Core, an older Server Core, Linux and unknown images. */
  readonly images: 'mixed' | 'nanoserver' | 'servercore';
}

export const MIX_DEFAULTS: MixSettings = {
  tenants: 20,
  trustedPercent: 40,
  hostilePercent: 20,
  workloads: 2_000,
  loadPercent: 50,
  arrivals: 'steady',
  runSeconds: 60,
  images: 'mixed',
};

export const RUN_SIGMA = 1;
export const BURST = 8;

/** How large workloads are, and how often. */
export const SIZES: readonly (readonly [Resources, number])[] = [
  [{ cpuMillis: 250, memoryMiB: 256 }, 4],
  [{ cpuMillis: 500, memoryMiB: 512 }, 3],
  [{ cpuMillis: 1_000, memoryMiB: 1_024 }, 2],
  [{ cpuMillis: 2_000, memoryMiB: 4_096 }, 1],
];

const NANO = 'mcr.microsoft.com/windows/nanoserver:ltsc2022';
const CORE = 'mcr.microsoft.com/windows/servercore:ltsc2022';

/** The last of the mixed ones stands for what tenants bring themselves: no catalogue knows it. */
export const IMAGES: Readonly<
  Record<MixSettings['images'], readonly (readonly [string, number])[]>
> = {
  mixed: [
    [NANO, 40],
    [CORE, 35],
    ['mcr.microsoft.com/windows/servercore:ltsc2019', 10],
    ['docker.io/library/debian:12-slim', 10],
    ['registry.invalid/own:latest', 5],
  ],
  nanoserver: [[NANO, 1]],
  servercore: [[CORE, 1]],
};
