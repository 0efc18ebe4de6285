import type { Plan } from '../plan/plan.js';

/**
 * A host booted anew while the placer evicted a silo from its kernel, which an advisory had broken: the eviction came into the
 * log after the end of that kernel, and the checker finds it without a cause for ever.
 */
export const evictedAfterBoot: Plan = {
  seed: 2327,
  workers: 3,
  apis: 2,
  hosts: [
    {
      osVersion: '10.0.26100.1742',
      cpuMillis: 8000,
      memoryMiB: 16384,
      hypervPresent: true,
      timeScale: 20,
    },
    {
      osVersion: '10.0.26100.1742',
      cpuMillis: 4000,
      memoryMiB: 16384,
      hypervPresent: true,
      timeScale: 4,
    },
    {
      osVersion: '10.0.17763.5576',
      cpuMillis: 4000,
      memoryMiB: 6144,
      hypervPresent: true,
      timeScale: 1,
    },
    {
      osVersion: '10.0.20348.2461',
      cpuMillis: 8000,
      memoryMiB: 6144,
      hypervPresent: true,
      timeScale: 20,
    },
  ],
  tenants: [
    { trust: 'trusted', boundary: 'red' },
    { trust: 'trusted', boundary: 'red' },
    { trust: 'standard', boundary: null },
  ],
  faults: [],
  isHasty: true,
  acts: [
    { atMs: 700, act: 'submit-troubled', who: 399817, what: 434357 },
    { atMs: 12072, act: 'pause-worker', who: 96081, what: 427701 },
    { atMs: 12647, act: 'publish-advisory', who: 656791, what: 253301 },
    { atMs: 14153, act: 'submit', who: 892778, what: 866625 },
    { atMs: 15022, act: 'submit', who: 673168, what: 913387 },
    { atMs: 16709, act: 'crash-worker', who: 569010, what: 994055 },
    { atMs: 16951, act: 'publish-advisory', who: 890838, what: 629758 },
  ],
  actingMs: 75000,
};
