import type { ComputeSystemId, HostSpec, Resources } from '@bulkhead/domain';
import type { ComputeSystemSpec } from '../driver.js';
import { UTILITY_VM_RESERVE } from './utility-vm.js';
import { TEMPLATE_PAGES_MIB } from './vm-template.js';

/** What the host gives up for a compute system: what the request says, else what its isolation costs here. */
export function reservationOf(spec: ComputeSystemSpec): Resources {
  const whole = reservationOfBooted(spec);
  if (spec.clonedFrom === undefined) return whole;
  // A clone finds its template's pages there already, and holds only what is its own.
  const { cpuMillis, memoryMiB } = whole;
  const sharedMiB = Math.min(TEMPLATE_PAGES_MIB, memoryMiB - spec.resources.memoryMiB);
  return { cpuMillis, memoryMiB: memoryMiB - sharedMiB };
}

/** The same for a utility VM that boots, whether or not it was to be a clone. */
export function reservationOfBooted(spec: ComputeSystemSpec): Resources {
  if (spec.reserved) return spec.reserved;
  const { cpuMillis, memoryMiB } = spec.resources;
  if (spec.isolation === 'process') return spec.resources;
  return {
    cpuMillis: cpuMillis + UTILITY_VM_RESERVE.cpuMillis,
    memoryMiB: memoryMiB + UTILITY_VM_RESERVE.memoryMiB,
  };
}

/** What a host has, and who holds how much of it. It is held from `create` until the end. */
export class Capacity {
  readonly #held = new Map<ComputeSystemId, Resources>();
  #cpuMillis = 0;
  #memoryMiB = 0;

  constructor(private readonly host: HostSpec) {}

  /** Memory that nothing holds which was placed here, in MiB. */
  get freeMiB(): number {
    return this.host.memoryMiB - this.#memoryMiB;
  }

  /** Null where it fits, else the sentence that says what is missing. */
  shortageOf(wanted: Resources): string | null {
    const freeCpu = this.host.cpuMillis - this.#cpuMillis;
    const freeMemory = this.host.memoryMiB - this.#memoryMiB;
    const missing: string[] = [];
    if (wanted.cpuMillis > freeCpu)
      missing.push(`${wanted.cpuMillis} cpuMillis of ${freeCpu} free`);
    if (wanted.memoryMiB > freeMemory)
      missing.push(`${wanted.memoryMiB} MiB of ${freeMemory} free`);
    return missing.length > 0 ? `needs ${missing.join(' and ')}` : null;
  }

  hold(id: ComputeSystemId, wanted: Resources): void {
    this.#held.set(id, wanted);
    this.#cpuMillis += wanted.cpuMillis;
    this.#memoryMiB += wanted.memoryMiB;
  }

  /** Repeating it is harmless. */
  free(id: ComputeSystemId): void {
    const held = this.#held.get(id);
    if (!held) return;
    this.#held.delete(id);
    this.#cpuMillis -= held.cpuMillis;
    this.#memoryMiB -= held.memoryMiB;
  }

  reboot(): void {
    this.#held.clear();
    this.#cpuMillis = 0;
    this.#memoryMiB = 0;
  }
}
