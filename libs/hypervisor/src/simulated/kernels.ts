import type { KernelInstanceId } from '@bulkhead/domain';
import type { ComputeSystemSpec } from '../driver.js';

/**
 * The kernels of one boot as the log names them. A host knows nothing of tenants, but it can tell that
 * two silos which it runs on its one kernel cannot be on two, and that a utility VM shares its own with
 * nobody.
 */
export class Kernels {
  #ofHost: KernelInstanceId | null = null;
  readonly #ofUtilityVms = new Set<KernelInstanceId>();
  /** Of utility VMs that were booted to be saved: no container is ever put into them. */
  readonly #ofTemplates = new Set<KernelInstanceId>();

  /** Null where the name can be true, else the sentence that says why it cannot. */
  contradictionOf({ isolation, kernelInstanceId }: ComputeSystemSpec): string | null {
    if (this.#ofUtilityVms.has(kernelInstanceId)) {
      return `kernel ${kernelInstanceId} belongs to another utility VM`;
    }
    if (this.#ofTemplates.has(kernelInstanceId)) {
      return `kernel ${kernelInstanceId} is a template's, in which nothing may run`;
    }
    if (isolation === 'hyperv') {
      const taken = this.#ofHost === kernelInstanceId;
      return taken ? `kernel ${kernelInstanceId} is the host's own` : null;
    }
    if (this.#ofHost === null || this.#ofHost === kernelInstanceId) return null;
    return `this boot's kernel is ${this.#ofHost}, not ${kernelInstanceId}`;
  }

  /** The same for a utility VM that is to be saved as a template: what a container was in is none. */
  contradictionOfTemplate(kernelInstanceId: KernelInstanceId): string | null {
    const isUsed =
      this.#ofHost === kernelInstanceId ||
      this.#ofUtilityVms.has(kernelInstanceId) ||
      this.#ofTemplates.has(kernelInstanceId);
    return isUsed ? `kernel ${kernelInstanceId} runs here already` : null;
  }

  useForTemplate(kernelInstanceId: KernelInstanceId): void {
    this.#ofTemplates.add(kernelInstanceId);
  }

  use({ isolation, kernelInstanceId }: ComputeSystemSpec): void {
    if (isolation === 'process') this.#ofHost = kernelInstanceId;
    else this.#ofUtilityVms.add(kernelInstanceId);
  }

  release({ isolation, kernelInstanceId }: ComputeSystemSpec): void {
    if (isolation === 'hyperv') this.#ofUtilityVms.delete(kernelInstanceId);
  }

  reboot(): void {
    this.#ofHost = null;
    this.#ofUtilityVms.clear();
    this.#ofTemplates.clear();
  }
}

/** An id that is used for something else would make its caller believe in a wall that is not there. */
export function isSameRequest(a: ComputeSystemSpec, b: ComputeSystemSpec): boolean {
  return (
    a.workloadId === b.workloadId &&
    a.isolation === b.isolation &&
    a.kernelInstanceId === b.kernelInstanceId &&
    (b.clonedFrom === undefined || a.clonedFrom === b.clonedFrom)
  );
}
