import type { ComputeSystemId, HostSpec, TemplateId, TimeMs } from '@bulkhead/domain';
import {
  type ComputeSystemState,
  type ComputeSystemStatus,
  DriverError,
  type Fence,
  type HostFingerprint,
  type LogChunk,
} from '../driver.js';
import type { ComputeSystemProperties } from '../properties.js';
import { HostTroubles } from './faults/host-troubles.js';
import { freeze, loseStarts } from './faults/machine-faults.js';
import type { TroubledHost } from './faults/troubled-host.js';
import { ComputeService } from './hcs/compute-service.js';
import { driverAnswerTo } from './hcs/driver-answers.js';
import { EXIT_CODE } from './hcs/exit-codes.js';
import { HcsError } from './hcs/failure.js';
import { propertiesOf } from './hcs/properties.js';
import type { ResultCodeName } from './hcs/result-codes.js';
import type { HcsOperation } from './hcs/rule.js';
import type { HostUsage } from './host-resources.js';
import type { HostSurroundings } from './host-surroundings.js';
import { HostJournal } from './journal-entry.js';
import { HostLease } from './lease.js';
import { Machine } from './machine.js';
import { type Watcher, Watchers } from './watchers.js';

/** The parts of a simulated host, and everything about it that can be asked without changing it. */
export class ObservedHost {
  protected readonly timeScale: number;
  protected readonly spent: Set<ComputeSystemId>;
  protected readonly watchers = new Watchers();
  protected readonly journal: HostJournal;
  protected readonly lease: HostLease;
  protected readonly machine: Machine;
  protected readonly service: ComputeService;
  protected readonly troubles: HostTroubles | null;

  constructor(
    readonly spec: HostSpec,
    protected readonly around: HostSurroundings,
  ) {
    const { clock, timers, history } = around;
    const { hostId } = spec;
    this.timeScale = around.timeScale * (spec.simulation?.timeScale ?? 1);
    this.spent = new Set(history.seenIds);
    this.journal = new HostJournal(around.journal, clock, history.lastSeq);
    this.lease = new HostLease(clock, timers, history.highestToken, (atMs) =>
      this.#leaseExpired(atMs),
    );
    this.machine = new Machine(spec, {
      clock,
      timers: this.lease.timersWithin(),
      journal: this.journal,
      timeScale: this.timeScale,
      changed: (status) => this.watchers.tell({ hostId, status: this.told(status) }),
      spentTemplates: history.seenTemplateIds,
      troubles: () => this.troubles,
      panic: () => this.#panic(),
    });
    const none = around.kernelPanics === 'host' ? {} : null;
    const faults = spec.simulation?.faults ?? around.faults ?? none;
    this.troubles = faults === null ? null : new HostTroubles(faults, this.#troubled());
    this.service = new ComputeService(this.machine);
  }

  /** While its machine or its service does not answer. */
  get isAway(): boolean {
    return this.troubles?.isAway ?? false;
  }

  fingerprint(): HostFingerprint {
    this.troubles?.reach('machine');
    const { hostId, osVersion, cpuMillis, memoryMiB, hypervPresent } = this.spec;
    const { bootId } = this.journal;
    return { hostId, bootId, osVersion, cpuMillis, memoryMiB, hypervPresent };
  }

  inspect(id: ComputeSystemId): ComputeSystemStatus {
    this.#look();
    const system = this.machine.get(id);
    if (system) return this.told(system.status());
    const state: ComputeSystemState = this.spent.has(id) ? 'spent' : 'absent';
    return { computeSystemId: id, state, stages: [], exit: null, failure: null };
  }

  list(): readonly ComputeSystemStatus[] {
    this.#look();
    return this.machine.all().map((system) => this.told(system.status()));
  }

  properties(id: ComputeSystemId | TemplateId): readonly ComputeSystemProperties[] {
    this.#look();
    try {
      const opened = this.service.opened(id);
      return propertiesOf(opened, this.around.clock(), this.machine.resources);
    } catch (error) {
      if (!(error instanceof HcsError)) throw error;
      const answer = driverAnswerTo('GetProperties', error.code);
      throw new DriverError(answer === 'nothing' ? 'INVALID_STATE' : answer, error.message);
    }
  }

  /** What its service would refuse now, also of what no driver asks for: by its code, or null. */
  refusalOf(operation: HcsOperation, id: ComputeSystemId | TemplateId): ResultCodeName | null {
    this.#look();
    return this.service.refusalOf(operation, id);
  }

  /** What is in use of the host itself. */
  usage(): HostUsage {
    this.#look();
    return this.machine.resources.usage();
  }

  logs(id: ComputeSystemId, fromOffset: number): readonly LogChunk[] {
    this.#look();
    const system = this.machine.get(id);
    if (!system) throw new DriverError('NOT_FOUND', `${id} is not on this host`);
    return system.output.from(fromOffset, this.around.clock());
  }

  /** Tells first what there is, and then what changes. The answer ends it. */
  watch(watcher: Watcher): () => void {
    this.#look();
    const stop = this.watchers.add(watcher);
    const { hostId } = this.spec;
    for (const status of this.list()) watcher.notice({ hostId, status });
    return stop;
  }

  /** As the clock of the host has it. */
  protected told(status: ComputeSystemStatus): ComputeSystemStatus {
    return this.troubles?.told(status) ?? status;
  }

  protected boot(fence: Fence | null): void {
    this.journal.bootId = this.around.uuid();
    this.journal.append(fence ? { kind: 'boot', fence } : { kind: 'boot' });
    if (fence) this.lease.raiseTo(fence.token);
    this.goDown('the host went down');
    this.troubles?.booted();
  }

  protected goDown(reason: string): void {
    this.lease.forget();
    for (const id of this.machine.goDown()) this.spent.add(id);
    this.watchers.closeAll(reason);
  }

  /** Nobody is told of what a lease that has run out should have ended, nor by a service that is away. */
  #look(): void {
    this.troubles?.reach('service');
    this.lease.settle();
  }

  #troubled(): TroubledHost {
    const { clock, timers, history } = this.around;
    return {
      spec: this.spec,
      clock,
      timers,
      timeScale: this.timeScale,
      past: history,
      faultsComeAbout: this.around.faultsComeAbout ?? (() => true),
      goDown: (reason) => {
        this.goDown(reason);
        this.around.wentDown?.();
      },
      boot: () => this.boot(null),
      closeWatches: (reason) => this.watchers.closeAll(reason),
      freeze: () => freeze(this.machine.all()),
      loseStarts: (fails) => loseStarts(this.machine.all(), fails, clock()),
      takeCommit: (taken) => this.machine.resources.memory.takeRest(taken),
    };
  }

  /** A machine does not go down in the middle of an answer. */
  #panic(): boolean {
    const { kernelPanics = 'own', faultsComeAbout = () => true, timers } = this.around;
    const { troubles } = this;
    if (kernelPanics === 'own' || troubles === null || !faultsComeAbout()) return false;
    timers.after(0, () => troubles.reset('the kernel of the host has crashed'));
    return true;
  }

  /** Whoever held the lease may believe this host lost, so nothing of theirs goes on after its end. */
  #leaseExpired(endedAtMs: TimeMs): void {
    const atMs = Math.max(endedAtMs, this.journal.lastAtMs);
    this.journal.append({ kind: 'lease-expired' }, atMs);
    // What a hung service cannot end is ended by the loss of power: nothing outlives its lease.
    if (this.troubles?.isHung) this.troubles.reset('the lease has ended');
    else this.machine.endAll({ exitCode: EXIT_CODE.terminated, exitType: 'LeaseExpired' }, atMs);
  }
}
