import { type Drain, formatOsVersion, type HostState, type Quarantine } from '@bulkhead/domain';
import { timeText } from '../sources.js';
import type { HostView } from './host.schema.js';

/**
 * A host as operators read it.
 * @throws Error of a host that was never registered
 */
export function hostView(state: HostState): HostView {
  const {
    spec,
    condition,
    conditionReason,
    cordoned,
    cordonReason,
    drain,
    quarantine,
    reboot,
    boot,
  } = state;
  if (spec === null) throw new Error('there is no such host');
  const { hostId, osVersion, simulation: simulated, ...machineFacts } = spec;
  return {
    id: hostId,
    ...machineFacts,
    osVersion: formatOsVersion(osVersion),
    labels: { ...machineFacts.labels },
    simulation: simulated === null ? null : { ...simulated },
    status: condition,
    statusReason: conditionReason,
    cordoned,
    cordonReason,
    drain: drain === null ? null : drainView(drain),
    quarantine: quarantine === null ? null : quarantineView(quarantine),
    reboot:
      reboot === undefined
        ? null
        : {
            requestedAt: timeText(reboot.requestedAtMs),
            trustBoundary: reboot.trustBoundary,
          },
    boot:
      boot === null
        ? null
        : {
            bootId: boot.bootId,
            kernelInstanceId: boot.kernelInstanceId,
            osVersion: formatOsVersion(boot.osVersion),
            bootedAt: timeText(boot.bootedAtMs),
          },
    registeredAt: timeText(state.registeredAtMs),
  };
}

function drainView({ startedAtMs, evictAtMs, drainedAtMs, reason }: Drain) {
  return {
    startedAt: timeText(startedAtMs),
    evictAt: evictAtMs === null ? null : timeText(evictAtMs),
    drainedAt: drainedAtMs === null ? null : timeText(drainedAtMs),
    reason,
  };
}

function quarantineView({ sinceMs, stop, reason }: Quarantine) {
  return { since: timeText(sinceMs), stop, reason };
}
