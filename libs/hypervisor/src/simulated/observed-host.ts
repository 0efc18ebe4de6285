import type { Clock, ComputeSystemId, HostSpec, TimeMs, UuidSource } from '@bulkhead/domain';
import {
  type ComputeSystemState,
  type ComputeSystemStatus,
  DriverError,
  type HostFingerprint,
  type LogChunk,
} from '../driver.js';
import type { ComputeSystemProperties } from '../properties.js';
import { ComputeService } from './hcs/compute-service.js';
import { driverAnswerTo } from './hcs/driver-answers.js';
import { EXIT_CODE } from './hcs/exit-codes.js';
import { HcsError } from './hcs/failure.js';
import type { HostHistory } from './host-history.js';
import type { HostUsage } from './host-resources.js';
import { HostJournal, type JournalSink } from './journal-entry.js';
import { HostLease } from './lease.js';
import { Machine } from './machine.js';
import type { Timers } from './timers.js';
import { type Watcher, Watchers } from './watchers.js';

export interface HostSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly uuid: UuidSource;
  readonly journal: JournalSink;
  readonly history: HostHistory;
  /** Divides stage and stop times, together with the host's own scale. */
  readonly timeScale: number;
}

/** The parts of a simulated host, and everything about it that can be asked without changing it. */
export class ObservedHost {
  protected readonly spent: Set<ComputeSystemId>;
  protected readonly watchers = new Watchers();
  protected readonly journal: HostJournal;
  protected readonly lease: HostLease;
  protected readonly machine: Machine;
  protected readonly service: ComputeService;

  constructor(
    readonly spec: HostSpec,
    protected readonly around: HostSurroundings,
  ) {
    const { clock, timers, history } = around;
    const { hostId } = spec;
    this.spent = new Set(history.seenIds);
    this.journal = new HostJournal(around.journal, clock, history.lastSeq);
    this.lease = new HostLease(clock, timers, history.highestToken, (atMs) =>
      this.#leaseExpired(atMs),
    );
    this.machine = new Machine(spec, {
      clock,
      timers: this.lease.timersWithin(),
      journal: this.journal,
      timeScale: around.timeScale * (spec.simulation?.timeScale ?? 1),
      changed: (status) => this.watchers.tell({ hostId, status }),
      spentTemplates: history.seenTemplateIds,
    });
    this.service = new ComputeService(this.machine);
  }

  fingerprint(): HostFingerprint {
    const { hostId, osVersion, cpuMillis, memoryMiB, hypervPresent } = this.spec;
    const { bootId } = this.journal;
    return { hostId, bootId, osVersion, cpuMillis, memoryMiB, hypervPresent };
  }

  inspect(id: ComputeSystemId): ComputeSystemStatus {
    this.lease.settle();
    const system = this.machine.get(id);
    if (system) return system.status();
    const state: ComputeSystemState = this.spent.has(id) ? 'spent' : 'absent';
    return { computeSystemId: id, state, stages: [], exit: null, failure: null };
  }

  list(): readonly ComputeSystemStatus[] {
    this.lease.settle();
    return this.machine.all().map((system) => system.status());
  }

  properties(id: ComputeSystemId): readonly ComputeSystemProperties[] {
    this.lease.settle();
    try {
      return this.machine.propertiesOf(this.service.opened(id));
    } catch (error) {
      if (!(error instanceof HcsError)) throw error;
      const answer = driverAnswerTo('GetProperties', error.code);
      throw new DriverError(answer === 'nothing' ? 'INVALID_STATE' : answer, error.message);
    }
  }

  /** What is in use of the host itself. */
  usage(): HostUsage {
    this.lease.settle();
    return this.machine.usage();
  }

  logs(id: ComputeSystemId, fromOffset: number): readonly LogChunk[] {
    const system = this.machine.get(id);
    if (!system) throw new DriverError('NOT_FOUND', `${id} is not on this host`);
    return system.output.from(fromOffset);
  }

  /** Tells first what there is, and then what changes. The answer ends it. */
  watch(watcher: Watcher): () => void {
    const stop = this.watchers.add(watcher);
    const { hostId } = this.spec;
    for (const status of this.list()) watcher.notice({ hostId, status });
    return stop;
  }

  /** Whoever held the lease may believe this host lost, so nothing of theirs goes on after its end. */
  #leaseExpired(endedAtMs: TimeMs): void {
    const atMs = Math.max(endedAtMs, this.journal.lastAtMs);
    this.journal.append({ kind: 'lease-expired' }, atMs);
    this.machine.endAll({ exitCode: EXIT_CODE.terminated, exitType: 'LeaseExpired' }, atMs);
  }
}
