import type { ComputeSystemId, HostSpec } from '@bulkhead/domain';
import type { ComputeSystemSpec, Fence } from '../driver.js';
import { Admission, type Asked } from './admission.js';
import type { ComputeSystem } from './compute-system.js';
import type { HostSurroundings } from './host-surroundings.js';
import { isSameRequest } from './kernels.js';
import { ObservedHost } from './observed-host.js';
import { TemplateOrders } from './template-orders.js';

export type { HostSurroundings, KernelPanics } from './host-surroundings.js';

/** One simulated host: every effect passes fence and lease, is journalled, and only then happens. */
export class SimulatedHost extends ObservedHost {
  readonly #door: Admission;
  readonly templates: TemplateOrders;
  #lastRebootCause: number | null;

  /** It boots at once. `fence` is null where the machine comes back by itself. */
  constructor(spec: HostSpec, around: HostSurroundings, fence: Fence | null) {
    super(spec, around);
    this.#lastRebootCause = fence?.cause ?? around.history.lastRebootCause;
    this.#door = new Admission(this.journal, this.lease, (needs) => this.troubles?.reach(needs));
    this.templates = new TemplateOrders(this.#door, this.journal, this.machine);
    this.boot(fence);
  }

  /** Whoever renews it believes this host lost after `ttlMs` of their time, however fast it passes here. */
  renewLease(bootId: string, fence: Fence, ttlMs: number): void {
    const { clockSpeed = 1 } = this.around;
    this.#door.renewLease(bootId, fence, Math.floor(ttlMs * clockSpeed));
  }

  create(spec: ComputeSystemSpec, fence: Fence): void {
    const id = spec.computeSystemId;
    const asked: Asked = { operation: 'create', fence, id };
    this.#door.admit(asked);
    if (this.spent.has(id)) this.#door.refuse(asked, 'SPENT_ID', `${id} is spent`);
    const existing = this.machine.get(id);
    if (existing && isSameRequest(existing.spec, spec)) {
      this.templates.bootInstead(existing, spec, asked);
      return;
    }
    const refusal = existing ? null : this.machine.refusalOf(spec);
    if (refusal) this.#door.refuse(asked, refusal.code, refusal.detail);
    const record = (system: ComputeSystem) => system.journal({ kind: 'create', fence });
    this.#door.carryOut(asked, 'Construct', () => this.service.construct(spec, record));
  }

  start(id: ComputeSystemId, fence: Fence): void {
    const asked: Asked = { operation: 'start', fence, id };
    this.#door.admit(asked);
    if (this.spent.has(id)) this.#door.refuse(asked, 'SPENT_ID', `${id} is spent`);
    this.#door.carryOut(asked, 'Start', () => this.service.start(id, fence));
  }

  shutdown(id: ComputeSystemId, timeoutMs: number, fence: Fence): void {
    const asked: Asked = { operation: 'shutdown', fence, id };
    this.#door.admit(asked);
    if (this.spent.has(id)) return;
    // What was only created has nothing in it that could be asked.
    if (this.machine.get(id)?.state === 'created') this.service.terminate(id, fence);
    else this.#door.carryOut(asked, 'Shutdown', () => this.service.shutdown(id, timeoutMs, fence));
  }

  terminate(id: ComputeSystemId, fence: Fence): void {
    const asked: Asked = { operation: 'terminate', fence, id };
    this.#door.admit(asked);
    const begun = this.#door.carryOut(asked, 'Terminate', () => this.service.terminate(id, fence));
    // It is on record that somebody wanted its end, also where there is nothing to end.
    if (!begun) this.#record('terminate', id, fence);
  }

  release(id: ComputeSystemId, fence: Fence): void {
    const asked: Asked = { operation: 'release', fence, id };
    this.#door.admit(asked);
    if (this.spent.has(id)) return;
    const system = this.machine.get(id);
    if (system?.state === 'starting' || system?.state === 'running') {
      this.#door.refuse(asked, 'INVALID_STATE', `${id} is ${system.state}`);
    }
    this.#record('release', id, fence);
    this.spent.add(id);
    if (system) this.machine.remove(system);
  }

  /** The same cause again is the same reboot, even when another worker asks for it. */
  reboot(fence: Fence): void {
    const asked: Asked = { operation: 'reboot', fence, id: null };
    this.#door.passFence(asked);
    if (this.#lastRebootCause === fence.cause) return;
    this.#door.requireLease(asked);
    this.#lastRebootCause = fence.cause;
    this.boot(fence);
  }

  /** A host that exists already keeps its boot; the fence counts all the same. */
  provisionAgain(fence: Fence): void {
    this.#door.passFence({ operation: 'provision', fence, id: null });
  }

  #record(kind: 'terminate' | 'release', id: ComputeSystemId, fence: Fence): void {
    const system = this.machine.get(id);
    if (system) system.journal({ kind, fence });
    else this.journal.append({ kind, computeSystemId: id, fence });
  }
}
