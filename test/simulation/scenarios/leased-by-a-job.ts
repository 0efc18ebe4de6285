import type { Plan } from '../plan/plan.js';

const standard = { trust: 'standard', boundary: null } as const;

/**
 * A job of another worker booted a host and renewed its lease, of which the worker that kept in touch with the host, and was
 * cut off from it by then, knew nothing: it took what ran there for ended while it still ran, and it was started once more.
 */
export const leasedByAJob: Plan = {
  seed: 2,
  workers: 2,
  apis: 1,
  hosts: [
    {
      osVersion: '10.0.26100.1742',
      cpuMillis: 4000,
      memoryMiB: 6144,
      hypervPresent: true,
      timeScale: 20,
    },
  ],
  tenants: [standard, standard],
  faults: [],
  isHasty: true,
  acts: [
    // Empty hosts boot for whoever waits for a kernel.
    { atMs: 0, act: 'publish-policy', who: 0, what: 1 },
    { atMs: 300, act: 'submit-short', who: 0, what: 0 },
    { atMs: 3000, act: 'submit-long', who: 1, what: 0 },
    // The first worker, for a little more than five seconds.
    { atMs: 3000, act: 'cut-off', who: 0, what: 5201 },
  ],
  actingMs: 40_000,
};
