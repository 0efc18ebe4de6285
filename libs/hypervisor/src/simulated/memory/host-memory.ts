import type { ComputeSystemId } from '@bulkhead/domain';
import { CALIBRATION } from '../calibration.js';
import { type Footprint, mibOf } from './footprint.js';

/** The memory of one host, in MiB. */
export interface MemoryUsage {
  readonly physicalMiB: number;
  readonly inUseMiB: number;
  readonly sharedMiB: number;
  readonly nonPagedMiB: number;
  readonly commitMiB: number;
  readonly commitLimitMiB: number;
}

interface Held {
  readonly footprint: Footprint;
  /** Whose pages it shares. */
  readonly image: string;
}

/**
 * Who holds how much of a host's memory, from the start to the end. Windows kills nothing for want of
 * memory: what does not fit below the commit limit is refused, and what does not fit into physical memory
 * is paged, which makes everything slower.
 */
export class HostMemory {
  readonly #held = new Map<ComputeSystemId, Held>();
  readonly #sharers = new Map<string, number>();
  #privateMiB = 0;
  #nonPagedMiB = 0;
  #sharedMiB = 0;
  #commitMiB = 0;
  /** What something else on the host has taken of its commit limit. */
  #takenMiB = 0;

  constructor(
    private readonly physicalMiB: number,
    /** What is held besides compute systems: templates of utility VMs and their ready copies. */
    private readonly besidesMiB: () => number = () => 0,
  ) {}

  /** Null where it can be promised, else the sentence that says what is missing. */
  shortageOf({ commitMiB }: Footprint): string | null {
    const freeMiB = this.#limitMiB() - this.#committedMiB();
    if (commitMiB <= freeMiB) return null;
    return `commits ${Math.ceil(commitMiB)} MiB of ${Math.max(0, Math.floor(freeMiB))} free below the commit limit`;
  }

  hold(id: ComputeSystemId, image: string, footprint: Footprint): void {
    this.#held.set(id, { footprint, image });
    this.#privateMiB += footprint.privateMiB;
    this.#nonPagedMiB += footprint.nonPagedMiB;
    this.#commitMiB += footprint.commitMiB;
    if (footprint.sharedMiB === 0) return;
    const sharers = this.#sharers.get(image) ?? 0;
    if (sharers === 0) this.#sharedMiB += footprint.sharedMiB;
    this.#sharers.set(image, sharers + 1);
  }

  /** Repeating it is harmless. */
  free(id: ComputeSystemId): void {
    const held = this.#held.get(id);
    if (!held) return;
    const { footprint, image } = held;
    this.#held.delete(id);
    this.#privateMiB -= footprint.privateMiB;
    this.#nonPagedMiB -= footprint.nonPagedMiB;
    this.#commitMiB -= footprint.commitMiB;
    if (footprint.sharedMiB === 0) return;
    const sharers = (this.#sharers.get(image) ?? 1) - 1;
    this.#sharers.set(image, sharers);
    if (sharers === 0) this.#sharedMiB -= footprint.sharedMiB;
  }

  of(id: ComputeSystemId): Footprint | null {
    return this.#held.get(id)?.footprint ?? null;
  }

  /** Something that is no compute system takes what is left of the commit limit, or gives it back. */
  takeRest(isTaken: boolean): void {
    this.#takenMiB = 0;
    if (isTaken) this.#takenMiB = Math.max(0, this.#limitMiB() - this.#committedMiB());
  }

  /** By how much starts take longer: 1 as long as everything fits into physical memory. */
  slowdown(): number {
    const beyond = this.#inUseMiB() / this.physicalMiB - 1;
    return 1 + Math.max(0, beyond) * CALIBRATION.pagingSlowdown.value;
  }

  usage(): MemoryUsage {
    return {
      physicalMiB: this.physicalMiB,
      inUseMiB: this.#inUseMiB(),
      sharedMiB: this.#sharedMiB,
      nonPagedMiB: this.#nonPagedMiB,
      commitMiB: this.#committedMiB(),
      commitLimitMiB: this.#limitMiB(),
    };
  }

  reboot(): void {
    this.#held.clear();
    this.#sharers.clear();
    this.#privateMiB = 0;
    this.#nonPagedMiB = 0;
    this.#sharedMiB = 0;
    this.#commitMiB = 0;
    this.#takenMiB = 0;
  }

  #limitMiB(): number {
    return this.physicalMiB * (1 + CALIBRATION.pageFile.value);
  }

  #inUseMiB(): number {
    const ofSystemsMiB = this.#privateMiB + this.#nonPagedMiB + this.#sharedMiB;
    return ofSystemsMiB + this.besidesMiB() + hostReserveMiB();
  }

  #committedMiB(): number {
    return this.#commitMiB + this.besidesMiB() + this.#takenMiB + hostReserveMiB();
  }
}

function hostReserveMiB(): number {
  return mibOf(CALIBRATION.hostReserve.value * 1_000);
}
