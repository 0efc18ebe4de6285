import type { ComputeSystemId } from '@bulkhead/domain';

/**
 * The root directories of silos in the object namespace of one kernel. `hcsdiag list -raw` shows them as `ObRoot`, with a
 * number behind `\Silos\`; that they are counted from each boot on is an assumption. A silo has its root from its
 * start to its end, and no number is given twice, so that nobody finds what an earlier silo left.
 */
export class SiloRoots {
  readonly #numbers = new Map<ComputeSystemId, number>();
  #last = 0;

  open(id: ComputeSystemId): void {
    this.#numbers.set(id, ++this.#last);
  }

  /** Repeating it is harmless. */
  close(id: ComputeSystemId): void {
    this.#numbers.delete(id);
  }

  /** Null where it is no silo of this kernel, or none any more. */
  of(id: ComputeSystemId): string | null {
    const number = this.#numbers.get(id);
    return number === undefined ? null : siloRoot(number);
  }

  reboot(): void {
    this.#numbers.clear();
    this.#last = 0;
  }
}

/** The first silo of a guest's kernel: nothing else is ever started in a utility VM. */
export const ROOT_IN_GUEST = siloRoot(1);

function siloRoot(number: number): string {
  return `\\Silos\\${number}`;
}
