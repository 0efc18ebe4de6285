import type { ComputeSystemId, TemplateId } from '@bulkhead/domain';
import type { ComputeSystemSpec, Fence } from '../../driver.js';
import type { ComputeSystem } from '../compute-system.js';
import type { Machine } from '../machine.js';
import type { VmTemplate } from '../vm-template.js';
import { HcsError } from './failure.js';
import { refusalOf, STANDING } from './operations.js';
import type { ResultCodeName } from './result-codes.js';
import type { HcsOperation } from './rule.js';

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

  /**
   * What it would refuse an operation with now, or null. The ids are those of containers and templates:
   * the utility VM of a container comes and goes with it, and nobody operates on it.
   */
  refusalOf(operation: HcsOperation, id: ComputeSystemId | TemplateId): ResultCodeName | null {
    if (isTemplate(id)) {
      const standing = this.machine.templates.get(id)?.standing ?? 'Absent';
      return refusalOf(operation, standing, 'VirtualMachine');
    }
    return refusalOf(operation, STANDING[this.machine.get(id)?.state ?? 'absent'], 'Container');
  }

  /** The compute system whose properties somebody wants. */
  opened(id: ComputeSystemId | TemplateId): ComputeSystem | VmTemplate {
    if (!isTemplate(id)) return this.#systemFor('GetProperties', id);
    const template = this.machine.templates.get(id);
    this.#admit('GetProperties', id);
    if (!template) throw new HcsError('HCS_E_SYSTEM_NOT_FOUND', id);
    return template;
  }

  #systemFor(operation: HcsOperation, id: ComputeSystemId): ComputeSystem {
    const system = this.machine.get(id);
    this.#admit(operation, id);
    if (!system) throw new HcsError('HCS_E_SYSTEM_NOT_FOUND', id);
    return system;
  }

  #admit(operation: HcsOperation, id: ComputeSystemId | TemplateId): void {
    const code = this.refusalOf(operation, id);
    if (code) throw new HcsError(code, `${operation} of ${id}`);
  }
}

/** The prefix tells, so that this costs a start nothing. */
function isTemplate(id: ComputeSystemId | TemplateId): id is TemplateId {
  return id.startsWith('tpl_');
}
