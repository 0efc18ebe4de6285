import type { ImageFacts, TimeMs } from '@bulkhead/domain';
import type {
  ComputeSystemProperties,
  ComputeSystemStatistics,
  ProcessDetails,
} from '../../properties.js';
import type { ComputeSystem } from '../compute-system.js';
import type { HostResources } from '../host-resources.js';
import { guidFrom, randomFrom } from '../random.js';
import { VmTemplate } from '../vm-template.js';
import { STANDING } from './operations.js';
import { hostProcessesOf, siloProcessesOf } from './process-list.js';
import type { HcsStanding } from './rule.js';
import { statisticsOf, statisticsOfEmpty } from './statistics.js';
import { NO_STORAGE, type SystemStorage, storageOf } from './storage.js';

const OWNER = 'bulkhead';
/** `uvm.gcs.protocol_version`. */
const BRIDGE_PROTOCOL = 4;

/** What is on the host by this id, in the schema's words. */
export function propertiesOf(
  opened: ComputeSystem | VmTemplate,
  nowMs: TimeMs,
  resources: HostResources,
): readonly ComputeSystemProperties[] {
  return opened instanceof VmTemplate
    ? [templateOf(opened, nowMs)]
    : systemsOf(opened, nowMs, resources);
}

/**
 * A silo is one compute system, whose processes are seen from the host. A container in a utility VM is
 * another one inside the VM's, and the host sees nothing of either but the VM's worker and its memory.
 */
function systemsOf(
  system: ComputeSystem,
  nowMs: TimeMs,
  { memory, network, silos }: HostResources,
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
  const storage = storageOf(system, statistics, silos.of(id));
  if (spec.isolation === 'process') {
    return [{ ...containerOf(system, statistics, null), ...storage, ProcessList: processes }];
  }
  const vmId = `${id}@vm`;
  return [
    { ...containerOf(system, statistics, vmId), ...storage },
    utilityVmOf(system, vmId, statistics, processes),
  ];
}

function containerOf(
  system: ComputeSystem,
  Statistics: ComputeSystemStatistics,
  vmId: string | null,
): Omit<ComputeSystemProperties, keyof SystemStorage> {
  const { computeSystemId: id, image } = system.spec;
  return {
    ...situationOf(system),
    Id: id,
    SystemType: 'Container',
    RuntimeOsType: osTypeOf(image),
    Name: id,
    RuntimeId: null,
    RuntimeTemplateId: null,
    HostingSystemId: vmId,
    SiloName: vmId === null ? `\\Container_${id}` : null,
    GuestConnectionInfo: null,
    Statistics,
    ProcessList: [],
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
    RuntimeOsType: osTypeOf(system.spec.image),
    Name: vmId,
    RuntimeId: clone?.runtimeId ?? guidFrom(randomFrom(`runtime/${vmId}`)),
    RuntimeTemplateId: clone?.templateId ?? null,
    HostingSystemId: null,
    SiloName: null,
    GuestConnectionInfo: isUp ? { ProtocolVersion: BRIDGE_PROTOCOL } : null,
    ...NO_STORAGE,
    Statistics: { ...statistics, Network: [] },
    ProcessList: isUp ? hostProcessesOf(vmId, statistics, inside) : [],
  };
}

/** No container is in it, nothing is connected to its guest, and it is nobody's clone. */
function templateOf(template: VmTemplate, nowMs: TimeMs): ComputeSystemProperties {
  const { standing, ownMiB } = template;
  const id = template.spec.templateId;
  const Stopped = standing === 'Stopped';
  const footprint = Stopped ? null : { commitMiB: ownMiB, privateMiB: ownMiB };
  const Statistics = statisticsOfEmpty(nowMs, footprint);
  return {
    Owner: OWNER,
    State: stateAt(standing),
    Stopped,
    ExitType: Stopped ? 'ForcedExit' : 'None',
    Id: id,
    SystemType: 'VirtualMachine',
    RuntimeOsType: osTypeOf(template.spec.image),
    Name: id,
    RuntimeId: guidFrom(randomFrom(`runtime/${id}`)),
    RuntimeTemplateId: null,
    HostingSystemId: null,
    SiloName: null,
    GuestConnectionInfo: null,
    ...NO_STORAGE,
    Statistics,
    ProcessList: Stopped ? [] : hostProcessesOf(id, Statistics, []),
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

function osTypeOf({ os }: ImageFacts): ComputeSystemProperties['RuntimeOsType'] {
  return os === 'linux' ? 'Linux' : 'Windows';
}

/** What is under way reads as the state that it began in. */
function stateAt(standing: HcsStanding): ComputeSystemProperties['State'] {
  if (standing === 'Absent' || standing === 'Starting') return 'Created';
  return standing === 'Saving' ? 'Paused' : standing;
}
