import type { TimeMs } from '@bulkhead/domain';
import type {
  ComputeSystemProperties,
  ComputeSystemStatistics,
  ProcessDetails,
} from '../../properties.js';
import { CALIBRATION } from '../calibration.js';
import type { ComputeSystem } from '../compute-system.js';
import type { HostResources } from '../host-resources.js';
import { guidFrom, randomFrom } from '../random.js';
import { type HcsStanding, STANDING } from './operations.js';
import { hostProcessesOf, siloProcessesOf } from './process-list.js';
import { statisticsOf } from './statistics.js';

const OWNER = 'bulkhead';
/** `uvm.gcs.protocol_version`. */
const BRIDGE_PROTOCOL = 4;

/**
 * A silo is one compute system, whose processes are seen from the host. A container in a utility VM is
 * another one inside the VM's, and the host sees nothing of either but the VM's worker and its memory.
 */
export function propertiesOf(
  system: ComputeSystem,
  nowMs: TimeMs,
  { memory, network }: HostResources,
): readonly ComputeSystemProperties[] {
  const { spec } = system;
  const id = spec.computeSystemId;
  const statistics = statisticsOf(system, {
    nowMs,
    footprint: memory.of(id),
    endpoint: network.endpointOf(id),
    sharesAddress: network.isShared(id),
  });
  const processes = system.state === 'running' ? siloProcessesOf(spec, statistics) : [];
  if (spec.isolation === 'process') return [containerOf(system, statistics, processes, null)];
  const vmId = `${id}@vm`;
  return [
    containerOf(system, statistics, [], vmId),
    utilityVmOf(system, vmId, statistics, processes),
  ];
}

function containerOf(
  system: ComputeSystem,
  Statistics: ComputeSystemStatistics,
  ProcessList: readonly ProcessDetails[],
  vmId: string | null,
): ComputeSystemProperties {
  const { computeSystemId: id, image } = system.spec;
  return {
    ...situationOf(system),
    Id: id,
    SystemType: 'Container',
    RuntimeOsType: image.os === 'linux' ? 'Linux' : 'Windows',
    Name: id,
    RuntimeId: null,
    RuntimeTemplateId: null,
    HostingSystemId: vmId,
    SiloName: vmId === null ? `\\Container_${id}` : null,
    GuestConnectionInfo: null,
    Scratch: {
      Path: `C:\\ProgramData\\bulkhead\\windowsfilter\\${id}\\sandbox.vhdx`,
      VirtualSizeBytes: CALIBRATION.scratchSize.value * 1_000_000_000,
    },
    Statistics,
    ProcessList,
  };
}

function utilityVmOf(
  system: ComputeSystem,
  vmId: string,
  statistics: ComputeSystemStatistics,
  inside: readonly ProcessDetails[],
): ComputeSystemProperties {
  const isUp = system.state === 'running';
  const { clone } = system.status();
  return {
    ...situationOf(system),
    Id: vmId,
    SystemType: 'VirtualMachine',
    RuntimeOsType: system.spec.image.os === 'linux' ? 'Linux' : 'Windows',
    Name: vmId,
    RuntimeId: clone?.runtimeId ?? guidFrom(randomFrom(`runtime/${vmId}`)),
    RuntimeTemplateId: clone?.templateId ?? null,
    HostingSystemId: null,
    SiloName: null,
    GuestConnectionInfo: isUp ? { ProtocolVersion: BRIDGE_PROTOCOL } : null,
    Scratch: null,
    Statistics: { ...statistics, Network: [] },
    ProcessList: isUp ? hostProcessesOf(system.spec, statistics, inside) : [],
  };
}

type Situation = Pick<ComputeSystemProperties, 'Owner' | 'State' | 'Stopped' | 'ExitType'>;

function situationOf(system: ComputeSystem): Situation {
  const standing = STANDING[system.state];
  const { exit } = system.status();
  const exitType = exit?.exitType ?? 'None';
  return {
    Owner: OWNER,
    State: system.isZombie ? 'Running' : stateAt(standing),
    Stopped: standing === 'Stopped',
    // The end of a lease forces what is there to end; the service knows no leases.
    ExitType: exitType === 'LeaseExpired' ? 'ForcedExit' : exitType,
  };
}

function stateAt(standing: HcsStanding): ComputeSystemProperties['State'] {
  return standing === 'Running' || standing === 'Stopped' ? standing : 'Created';
}
