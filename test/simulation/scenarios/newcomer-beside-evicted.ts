import type { Plan } from '../plan/plan.js';

/**
 * The placer evicted a silo and planned its next round before it had read that back from the log, so that
 * a newcomer joined the kernel on which the other still ran.
 */
export const newcomerBesideEvicted: Plan = {
  seed: 163,
  workers: 1,
  apis: 2,
  hosts: [
    {
      osVersion: '10.0.26100.1742',
      cpuMillis: 8000,
      memoryMiB: 6144,
      hypervPresent: true,
      timeScale: 4,
    },
    {
      osVersion: '10.0.20348.2461',
      cpuMillis: 4000,
      memoryMiB: 6144,
      hypervPresent: true,
      timeScale: 20,
    },
    {
      osVersion: '10.0.26100.1742',
      cpuMillis: 8000,
      memoryMiB: 6144,
      hypervPresent: true,
      timeScale: 20,
    },
    {
      osVersion: '10.0.20348.2461',
      cpuMillis: 4000,
      memoryMiB: 6144,
      hypervPresent: false,
      timeScale: 1,
    },
  ],
  tenants: [
    { trust: 'trusted', boundary: 'red' },
    { trust: 'trusted', boundary: 'red' },
    { trust: 'standard', boundary: null },
    { trust: 'hostile', boundary: null },
  ],
  faults: ['log-delays', 'growth-losses'],
  isHasty: false,
  acts: [
    { atMs: 1507, act: 'change-quota', who: 946826, what: 894989 },
    { atMs: 1652, act: 'publish-advisory', who: 154271, what: 362794 },
    { atMs: 1873, act: 'submit', who: 973207, what: 684829 },
    { atMs: 4457, act: 'change-trust', who: 719085, what: 281981 },
    { atMs: 4761, act: 'submit', who: 957, what: 867573 },
    { atMs: 5406, act: 'power-off', who: 800971, what: 484456 },
    { atMs: 5436, act: 'change-trust', who: 631821, what: 668002 },
    { atMs: 5448, act: 'change-quota', who: 834690, what: 642924 },
    { atMs: 6243, act: 'crash-worker', who: 307783, what: 172758 },
    { atMs: 6267, act: 'submit', who: 606392, what: 518997 },
    { atMs: 6327, act: 'submit', who: 83815, what: 713731 },
    { atMs: 7282, act: 'submit', who: 78462, what: 782917 },
    { atMs: 7778, act: 'submit', who: 350292, what: 272208 },
    { atMs: 7989, act: 'crash-worker', who: 809987, what: 279744 },
    { atMs: 7997, act: 'change-quota', who: 73618, what: 913257 },
    { atMs: 8750, act: 'change-trust', who: 810208, what: 955018 },
    { atMs: 8938, act: 'submit', who: 777217, what: 712032 },
    { atMs: 9949, act: 'submit', who: 90810, what: 821758 },
  ],
  actingMs: 40_000,
};
