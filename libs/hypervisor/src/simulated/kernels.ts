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

  /** Null where the name can be true, else the sentence that says why it cannot. */
  contradictionOf({ isolation, kernelInstanceId }: ComputeSystemSpec): string | null {
    if (this.#ofUtilityVms.has(kernelInstanceId)) {
      return `kernel ${kernelInstanceId} belongs to another utility VM`;
    }
    if (isolation === 'hyperv') {
      const taken = this.#ofHost === kernelInstanceId;
      return taken ? `kernel ${kernelInstanceId} is the host's own` : null;
    }
    if (this.#ofHost === null || this.#ofHost === kernelInstanceId) return null;
    return `this boot's kernel is ${this.#ofHost}, not ${kernelInstanceId}`;
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
  }
}
