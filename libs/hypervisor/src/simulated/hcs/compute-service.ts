import type { ComputeSystemId } from '@bulkhead/domain';
import type { ComputeSystemSpec, Fence } from '../../driver.js';
import type { ComputeSystem } from '../compute-system.js';
import type { Machine } from '../machine.js';
import { HcsError } from './failure.js';
import { type HcsOperation, refusalOf, STANDING } from './operations.js';

/**
 * The Host Compute Service of one host: what is impossible by its table is refused with its code. Whether
 * somebody who asks twice is told so is the affair of whoever drives it.
 */
export class ComputeService {
  constructor(private readonly machine: Machine) {}

  /** The creation is on record, by `record`, before the compute system is there. */
  construct(spec: ComputeSystemSpec, record: (system: ComputeSystem) => void): void {
    this.#admit('Construct', spec.computeSystemId);
    const system = this.machine.prepare(spec);
    record(system);
    this.machine.add(system);
  }

  start(id: ComputeSystemId, fence: Fence): void {
    this.#systemFor('Start', id).start(fence);
  }

  shutdown(id: ComputeSystemId, timeoutMs: number, fence: Fence): void {
    this.#systemFor('Shutdown', id).shutdown(timeoutMs, fence);
  }

  terminate(id: ComputeSystemId, fence: Fence): void {
    this.#systemFor('Terminate', id).terminate(fence);
  }

  /** The compute system whose properties somebody wants. */
  opened(id: ComputeSystemId): ComputeSystem {
    return this.#systemFor('GetProperties', id);
  }

  #systemFor(operation: HcsOperation, id: ComputeSystemId): ComputeSystem {
    const system = this.machine.get(id);
    this.#admit(operation, id);
    if (!system) throw new HcsError('HCS_E_SYSTEM_NOT_FOUND', id);
    return system;
  }

  #admit(operation: HcsOperation, id: ComputeSystemId): void {
    const code = refusalOf(operation, STANDING[this.machine.get(id)?.state ?? 'absent']);
    if (code) throw new HcsError(code, `${operation} of ${id}`);
  }
}
