import type { Clock, ComputeSystemId, HostSpec, TimeMs, UuidSource } from '@bulkhead/domain';
import {
  type ComputeSystemSpec,
  type ComputeSystemState,
  type ComputeSystemStatus,
  DriverError,
  type Fence,
  type HostFingerprint,
  type LogChunk,
} from '../driver.js';
import { Admission, type Asked } from './admission.js';
import type { ComputeSystem } from './compute-system.js';
import type { HostHistory } from './host-history.js';
import { EXIT_CODE } from './hresults.js';
import { HostJournal, type JournalSink } from './journal-entry.js';
import { isSameRequest } from './kernels.js';
import { HostLease } from './lease.js';
import { Machine } from './machine.js';
import { TemplateOrders } from './template-orders.js';
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

/** One simulated host: every effect passes fence and lease, is journalled, and only then happens. */
export class SimulatedHost {
  readonly #spent: Set<ComputeSystemId>;
  readonly #watchers = new Watchers();
  readonly #journal: HostJournal;
  readonly #lease: HostLease;
  readonly #door: Admission;
  readonly #machine: Machine;
  readonly templates: TemplateOrders;
  #lastRebootCause: number | null;

  /** It boots at once. `fence` is null where the machine comes back by itself. */
  constructor(
    readonly spec: HostSpec,
    private readonly around: HostSurroundings,
    fence: Fence | null,
  ) {
    const { clock, timers, history } = around;
    const { hostId } = spec;
    this.#spent = new Set(history.seenIds);
    this.#lastRebootCause = history.lastRebootCause;
    this.#journal = new HostJournal(around.journal, clock, history.lastSeq);
    this.#lease = new HostLease(clock, timers, history.highestToken, (atMs) =>
      this.#leaseExpired(atMs),
    );
    this.#door = new Admission(this.#journal, this.#lease);
    this.#machine = new Machine(spec, {
      clock,
      timers: this.#lease.timersWithin(),
      journal: this.#journal,
      timeScale: around.timeScale * (spec.simulation?.timeScale ?? 1),
      changed: (status) => this.#watchers.tell({ hostId, status }),
      spentTemplates: history.seenTemplateIds,
    });
    this.templates = new TemplateOrders(this.#door, this.#journal, this.#machine);
    this.#boot(fence);
  }

  fingerprint(): HostFingerprint {
    const { hostId, osVersion, cpuMillis, memoryMiB, hypervPresent } = this.spec;
    const { bootId } = this.#journal;
    return { hostId, bootId, osVersion, cpuMillis, memoryMiB, hypervPresent };
  }

  renewLease(bootId: string, fence: Fence, ttlMs: number): void {
    this.#door.renewLease(bootId, fence, ttlMs);
  }

  create(spec: ComputeSystemSpec, fence: Fence): void {
    const id = spec.computeSystemId;
    const asked: Asked = { operation: 'create', fence, id };
    this.#door.admit(asked);
    if (this.#spent.has(id)) this.#door.refuse(asked, 'SPENT_ID', `${id} is spent`);
    const existing = this.#machine.get(id);
    if (existing && isSameRequest(existing.spec, spec)) return;
    if (existing) this.#door.refuse(asked, 'INVALID_STATE', `${id} exists and is something else`);
    const refusal = this.#machine.refusalOf(spec);
    if (refusal) this.#door.refuse(asked, refusal.code, refusal.detail);
    const system = this.#machine.prepare(spec);
    system.journal({ kind: 'create', fence });
    this.#machine.add(system);
  }

  start(id: ComputeSystemId, fence: Fence): void {
    const asked: Asked = { operation: 'start', fence, id };
    this.#door.admit(asked);
    if (this.#spent.has(id)) this.#door.refuse(asked, 'SPENT_ID', `${id} is spent`);
    this.#here(asked, id).start(fence);
  }

  shutdown(id: ComputeSystemId, timeoutMs: number, fence: Fence): void {
    const asked: Asked = { operation: 'shutdown', fence, id };
    this.#door.admit(asked);
    if (!this.#spent.has(id)) this.#here(asked, id).shutdown(timeoutMs, fence);
  }

  terminate(id: ComputeSystemId, fence: Fence): void {
    this.#door.admit({ operation: 'terminate', fence, id });
    const system = this.#machine.get(id);
    if (system) system.terminate(fence);
    else this.#journal.append({ kind: 'terminate', computeSystemId: id, fence });
  }

  release(id: ComputeSystemId, fence: Fence): void {
    const asked: Asked = { operation: 'release', fence, id };
    this.#door.admit(asked);
    if (this.#spent.has(id)) return;
    const system = this.#machine.get(id);
    if (system?.state === 'starting' || system?.state === 'running') {
      this.#door.refuse(asked, 'INVALID_STATE', `${id} is ${system.state}`);
    }
    if (system) system.journal({ kind: 'release', fence });
    else this.#journal.append({ kind: 'release', computeSystemId: id, fence });
    this.#spent.add(id);
    if (system) this.#machine.remove(system);
  }

  /** The same cause again is the same reboot, even when another worker asks for it. */
  reboot(fence: Fence): void {
    const asked: Asked = { operation: 'reboot', fence, id: null };
    this.#door.passFence(asked);
    if (this.#lastRebootCause === fence.cause) return;
    this.#door.requireLease(asked);
    this.#boot(fence);
  }

  /** A host that exists already keeps its boot; the fence counts all the same. */
  provisionAgain(fence: Fence): void {
    this.#door.passFence({ operation: 'provision', fence, id: null });
  }

  inspect(id: ComputeSystemId): ComputeSystemStatus {
    this.#lease.settle();
    const system = this.#machine.get(id);
    if (system) return system.status();
    const state: ComputeSystemState = this.#spent.has(id) ? 'spent' : 'absent';
    return { computeSystemId: id, state, stages: [], exit: null, failure: null };
  }

  list(): readonly ComputeSystemStatus[] {
    this.#lease.settle();
    return this.#machine.all().map((system) => system.status());
  }

  logs(id: ComputeSystemId, fromOffset: number): readonly LogChunk[] {
    const system = this.#machine.get(id);
    if (!system) throw new DriverError('NOT_FOUND', `${id} is not on this host`);
    return system.output.from(fromOffset);
  }

  /** Tells first what there is, and then what changes. The answer ends it. */
  watch(watcher: Watcher): () => void {
    const stop = this.#watchers.add(watcher);
    const { hostId } = this.spec;
    for (const status of this.list()) watcher.notice({ hostId, status });
    return stop;
  }

  #here(asked: Asked, id: ComputeSystemId): ComputeSystem {
    const system = this.#machine.get(id);
    return system ?? this.#door.refuse(asked, 'NOT_FOUND', `${id} is not on this host`);
  }

  #boot(fence: Fence | null): void {
    this.#journal.bootId = this.around.uuid();
    this.#journal.append(fence ? { kind: 'boot', fence } : { kind: 'boot' });
    if (fence) this.#lastRebootCause = fence.cause;
    if (fence) this.#lease.raiseTo(fence.token);
    this.#lease.forget();
    for (const id of this.#machine.goDown()) this.#spent.add(id);
    this.#watchers.closeAll('the host went down');
  }

  /** Whoever held the lease may believe this host lost, so nothing of theirs goes on after its end. */
  #leaseExpired(endedAtMs: TimeMs): void {
    const atMs = Math.max(endedAtMs, this.#journal.lastAtMs);
    this.#journal.append({ kind: 'lease-expired' }, atMs);
    this.#machine.endAll({ exitCode: EXIT_CODE.terminated, exitType: 'LeaseExpired' }, atMs);
  }
}
