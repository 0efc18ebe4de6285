/** What the first start puts into an empty installation. */
export const TENANTS = [
  {
    key: 'night-market',
    body: { name: 'Night Market', trust: 'hostile' },
  },
  {
    key: 'harbour-works',
    body: { name: 'Harbour Works', trust: 'trusted' },
  },
] as const;

/**
 * A fleet that shows each wall: two builds, so that an image finds its own and another kernel,
 * and one host without Hyper-V, where only silos run.
 */
export const HOSTS = [
  {
    key: 'host-2025-a',
    body: {
      name: 'win2025-a',
      osVersion: '10.0.26100.1742',
      architecture: 'amd64',
      cpuMillis: 32_000,
      memoryMiB: 65_536,
      hypervPresent: true,
    },
  },
  {
    key: 'host-2022-a',
    body: {
      name: 'win2022-a',
      osVersion: '10.0.20348.2461',
      architecture: 'amd64',
      cpuMillis: 32_000,
      memoryMiB: 65_536,
      hypervPresent: true,
    },
  },
  {
    key: 'host-2022-silo',
    body: {
      name: 'win2022-silo',
      osVersion: '10.0.20348.2461',
      architecture: 'amd64',
      cpuMillis: 16_000,
      memoryMiB: 32_768,
      hypervPresent: false,
    },
  },
] as const;
