import { isSelected, labelsText } from '../../host/labels.js';
import { compatibilityTable } from '../../isolation/compatibility.js';
import type { Obstacle, Wanted } from '../candidates.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { type HostShape, hasRoomEver, supports } from '../unrunnable.js';

/** Why one host was turned down. */
export interface TurnedDown {
  /** Stable name of the cause; hosts of one cause are told together. */
  readonly cause: string;
  /** One sentence that names what this host has and what was wanted. */
  readonly detail: string;
}

/**
 * Says more of the obstacle that the placement has found on a host. It never judges by itself: an
 * obstacle of which there is nothing more to say is told as it is.
 */
export function turnedDown(host: FleetHost, obstacle: Obstacle, wanted: Wanted): TurnedDown {
  if (host.state.condition === 'retired') return { cause: 'retired', detail: 'it was retired' };
  const shape = host.state.boot === null ? host.state.spec : bootedShape(host);
  const more = {
    'isolation-unavailable': () => (shape === null ? null : shapeBecause(shape, wanted)),
    'open-advisory': () => (shape === null ? null : brokenBecause(shape)),
    'host-unavailable': () => closedBecause(host, wanted),
    'kernel-busy': () => kernelBecause(host),
    memory: () => roomBecause(host, 'memory', wanted),
    cpu: () => roomBecause(host, 'cpu', wanted),
  } as Readonly<Record<string, (() => TurnedDown | null) | undefined>>;
  return more[obstacle.cause]?.() ?? { cause: obstacle.cause, detail: obstacle.detail };
}

function bootedShape({ state }: FleetHost): HostShape | null {
  const { spec, boot } = state;
  return spec === null || boot === null ? null : { ...spec, osVersion: boot.osVersion };
}

function shapeBecause(shape: HostShape, wanted: Wanted): TurnedDown | null {
  const { image, isolation, needed, compatibilityVersion, hostSelector } = wanted;
  if (!isSelected(shape.labels, hostSelector)) {
    return { cause: 'labels', detail: `it has not all of the labels ${labelsText(hostSelector)}` };
  }
  if (shape.architecture !== image.architecture) {
    const detail = `it is ${shape.architecture}, the image ${image.architecture}`;
    return { cause: 'architecture', detail };
  }
  if (isolation === 'hyperv' && !shape.hypervPresent) {
    return { cause: 'no-hyper-v', detail: 'it has no Hyper-V, which a utility VM needs' };
  }
  const { cpuMillis, memoryMiB } = shape;
  if (!supports(shape, image, isolation, compatibilityTable(compatibilityVersion))) {
    const where = isolation === 'process' ? 'in a silo' : 'in a utility VM';
    const ofImage =
      image.osVersion === null
        ? `a ${image.os} image`
        : `an image of build ${image.osVersion.build}`;
    const detail = `its build ${shape.osVersion.build} cannot run ${ofImage} ${where}`;
    return { cause: 'compatibility', detail };
  }
  if (hasRoomEver(shape, needed)) return null;
  const detail = `even empty it has ${cpuMillis} cpuMillis and ${memoryMiB} MiB; ${neededText(wanted)}`;
  return { cause: 'too-small', detail };
}

function brokenBecause({ osVersion: { build, revision } }: HostShape): TurnedDown {
  const detail = `an open advisory breaks the shared kernel of its build ${build}.${revision}`;
  return { cause: 'open-advisory', detail };
}

function closedBecause(host: FleetHost, { apartFrom }: Wanted): TurnedDown {
  const { hostId, state, kernel, utilityVms } = host;
  const { condition, quarantine, drain, cordoned, reboot } = state;
  if (condition === 'lost') return { cause: 'lost', detail: 'it stopped answering' };
  if (condition === 'fenced') return { cause: 'fenced', detail: 'it was declared off' };
  if (quarantine !== null) return { cause: 'quarantined', detail: 'it is in quarantine' };
  if (drain !== null) return { cause: 'draining', detail: 'it is drained' };
  if (cordoned) return { cause: 'cordoned', detail: 'it is cordoned' };
  if (reboot !== undefined) return { cause: 'rebooting', detail: 'it is to boot anew' };
  if (condition !== 'up' || kernel === null) return { cause: 'not-up', detail: 'it is not up yet' };
  if (apartFrom?.has(hostId)) {
    return { cause: 'batch-task', detail: 'it has a task of the same batch' };
  }
  return { cause: 'utility-vms', detail: `it holds ${utilityVms} utility VMs, as many as it may` };
}

function kernelBecause({ kernel, evicting }: FleetHost): TurnedDown | null {
  if (kernel === null) return null;
  if (evicting > 0) {
    const detail = `${evicting} silos are being evicted from its kernel, which nobody joins meanwhile`;
    return { cause: 'kernel-evicting', detail };
  }
  if (kernel.claimPending)
    return { cause: 'kernel-claimed', detail: 'its kernel is being claimed' };
  return { cause: 'kernel-owned', detail: `its kernel belongs to ${kernel.trustBoundary}` };
}

function roomBecause(host: FleetHost, cause: 'memory' | 'cpu', wanted: Wanted): TurnedDown | null {
  const { spec } = host.state;
  if (spec === null) return null;
  const free =
    cause === 'memory'
      ? `${spec.memoryMiB - host.usedMemoryMiB} MiB`
      : `${spec.cpuMillis - host.usedCpuMillis} cpuMillis`;
  return { cause, detail: `it has ${free} free; ${neededText(wanted)}` };
}

function neededText({ isolation, needed: { cpuMillis, memoryMiB } }: Wanted): string {
  const reserve = isolation === 'hyperv' ? ", a utility VM's reserve included" : '';
  return `${cpuMillis} cpuMillis and ${memoryMiB} MiB are needed${reserve}`;
}
