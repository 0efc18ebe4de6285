import { formatOsVersion, type HostState } from '@bulkhead/domain';
import { timeText } from '../sources.js';
import type { HostView } from './host.schema.js';

/**
 * A host as operators read it.
 * @throws Error of a host that was never registered
 */
export function hostView(state: HostState): HostView {
  const { spec, condition, cordoned, cordonReason, drain, quarantine, reboot, boot } = state;
  if (spec === null) throw new Error('there is no such host');
  const { hostId, osVersion, simulation: simulated, ...machineFacts } = spec;
  return {
    id: hostId,
    ...machineFacts,
    osVersion: formatOsVersion(osVersion),
    labels: { ...machineFacts.labels },
    simulation: simulated === null ? null : { ...simulated },
    status: condition,
    cordoned,
    cordonReason,
    drain:
      drain === null
        ? null
        : {
            startedAt: timeText(drain.startedAtMs),
            evictAt: drain.evictAtMs === null ? null : timeText(drain.evictAtMs),
            drainedAt: drain.drainedAtMs === null ? null : timeText(drain.drainedAtMs),
            reason: drain.reason,
          },
    quarantine:
      quarantine === null
        ? null
        : {
            since: timeText(quarantine.sinceMs),
            stop: quarantine.stop,
            reason: quarantine.reason,
          },
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
