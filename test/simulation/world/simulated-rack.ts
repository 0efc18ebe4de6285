import type { HostId, HostSpec } from '@bulkhead/domain';
import { DriverError } from '@bulkhead/hypervisor';
import {
  HostHistory,
  type JournalEntry,
  SimulatedFleet,
  type SimulatedHost,
  type Watcher,
} from '@bulkhead/hypervisor/simulated';
import { type Chance, uuidsOf } from './chance.js';
import { ProcessLife } from './process-life.js';
import type { SimulatedTime } from './simulated-time.js';

const BOOT_IDS = 0xb;

export interface RackOnlooker {
  /** For every line that a host writes. */
  journal(hostId: HostId, entry: JournalEntry): void;
  /** Nothing runs on it any more, and no line says so before its next boot. */
  poweredOff(hostId: HostId): void;
}

interface Machine {
  readonly hostId: HostId;
  spec: HostSpec | null;
  /** Null while it is off. */
  power: { readonly fleet: SimulatedFleet; readonly life: ProcessLife } | null;
  readonly journal: JournalEntry[];
  readonly watchers: Set<Watcher>;
}

/** Every simulated machine of the world. One that loses its power keeps its journal and nothing else. */
export class SimulatedRack {
  readonly machines = new Map<HostId, Machine>();
  /** False from when on nothing more goes wrong with machines by themselves. */
  faultsComeAbout = true;
  private readonly bootIds: () => string;

  constructor(
    readonly time: SimulatedTime,
    readonly chance: Chance,
    private readonly onlooker: RackOnlooker,
  ) {
    this.bootIds = uuidsOf(time.clock, BOOT_IDS);
  }

  /** @throws DriverError UNREACHABLE while it is off, NOT_FOUND where it was never provisioned */
  host(hostId: HostId): SimulatedHost {
    return this.poweredFleet(hostId).host(hostId);
  }

  /** @throws DriverError UNREACHABLE while it is off */
  poweredFleet(hostId: HostId): SimulatedFleet {
    const { power } = this.machineOf(hostId);
    if (power === null) throw new DriverError('UNREACHABLE', 'the machine is off');
    return power.fleet;
  }

  /** It comes back as this machine whenever it boots. */
  provisioned(spec: HostSpec): void {
    this.machineOf(spec.hostId).spec ??= spec;
  }

  watch(hostId: HostId, watcher: Watcher): () => void {
    const { watchers } = this.machineOf(hostId);
    const stop = this.host(hostId).watch(watcher);
    watchers.add(watcher);
    return () => {
      watchers.delete(watcher);
      stop();
    };
  }

  isOn(hostId: HostId): boolean {
    return this.machineOf(hostId).power !== null;
  }

  /** Everything on it ends at once, and nobody is told by it. */
  powerOff(hostId: HostId): void {
    const machine = this.machineOf(hostId);
    machine.power?.life.die();
    machine.power = null;
    this.onlooker.poweredOff(hostId);
    for (const watcher of [...machine.watchers]) watcher.closed('the host went down');
    machine.watchers.clear();
  }

  /** It boots by itself, with what its journal says of its past. */
  powerOn(hostId: HostId): void {
    const machine = this.machineOf(hostId);
    if (machine.power !== null) return;
    machine.power = this.powerFor(machine);
    if (machine.spec !== null) machine.power.fleet.bringBack(machine.spec);
  }

  /** It is switched off, everything that was wrong with it is put right, and it may be switched on again. */
  repair(hostId: HostId): void {
    const machine = this.machineOf(hostId);
    if (machine.spec?.simulation?.faults === undefined) return;
    const { faults: _faults, ...simulation } = machine.spec.simulation;
    this.powerOff(hostId);
    machine.spec = { ...machine.spec, simulation };
  }

  private machineOf(hostId: HostId): Machine {
    const known = this.machines.get(hostId);
    if (known !== undefined) return known;
    const machine: Machine = {
      hostId,
      spec: null,
      power: null,
      journal: [],
      watchers: new Set(),
    };
    machine.power = this.powerFor(machine);
    this.machines.set(hostId, machine);
    return machine;
  }

  private powerFor(machine: Machine) {
    const life = new ProcessLife(machine.hostId, this.time);
    const fleet = new SimulatedFleet({
      clock: this.time.clock,
      timers: life.timers,
      uuid: this.bootIds,
      timeScale: 1,
      kernelPanics: 'host',
      faultsComeAbout: () => this.faultsComeAbout,
      wentDown: (hostId) => this.onlooker.poweredOff(hostId),
      openJournal: () => ({
        sink: { append: (entry) => this.note(machine, entry) },
        history: historyOf(machine.journal),
      }),
      keep: () => {},
    });
    return { fleet, life };
  }

  private note(machine: Machine, entry: JournalEntry): void {
    machine.journal.push(entry);
    this.onlooker.journal(machine.hostId, entry);
  }
}

function historyOf(journal: readonly JournalEntry[]): HostHistory {
  const history = new HostHistory();
  for (const entry of journal) history.add(entry);
  return history;
}
