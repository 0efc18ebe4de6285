import type { DomainEvent, HostId, HostSpec } from '@bulkhead/domain';
import { realClock } from './real-time.js';

const windows2025 = { major: 10, minor: 0, build: 26100, revision: 4061 };

/** A simulated machine as an operator registers it. */
export function registration(
  hostId: HostId,
  timeScale: number,
  changes: Partial<HostSpec>,
): DomainEvent {
  const payload: HostSpec = {
    ...{ hostId, name: hostId, driver: 'simulated-host', os: 'windows' },
    osVersion: windows2025,
    ...{ architecture: 'amd64', cpuMillis: 8_000, memoryMiB: 16_384, hypervPresent: true },
    labels: {},
    simulation: { timeScale, seed: 7 },
    ...changes,
  };
  return { type: 'HostRegistered', schemaVersion: 2, occurredAtMs: realClock(), payload };
}
