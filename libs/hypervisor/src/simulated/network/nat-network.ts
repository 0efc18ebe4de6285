import type { ComputeSystemId } from '@bulkhead/domain';
import { CALIBRATION } from '../calibration.js';

/** 172.16.0.0, whose first address is the gateway's. */
const NETWORK = (172 << 24) | (16 << 16);
const GATEWAY = 1;
const FIRST = 2;

/** What a compute system is reached by on its host's network. */
export interface Endpoint {
  readonly endpointId: string;
  readonly ipAddress: string;
  readonly macAddress: string;
}

/**
 * The default `nat` network of one host: an address for each compute system, from its start to its end. An
 * address whose endpoint was not deleted stays taken until the host boots again.
 */
export class NatNetwork {
  readonly #held = new Map<ComputeSystemId, number>();
  readonly #holders = new Map<number, number>();
  #free: number[] = [];
  #next = FIRST;

  constructor(private readonly addresses: number = CALIBRATION.natAddresses.value) {}

  /** False where no address is left. The address is the next that was never used, then the oldest free one. */
  attach(id: ComputeSystemId): boolean {
    const isFresh = this.#next < FIRST + this.addresses;
    const address = isFresh ? this.#next++ : this.#free.shift();
    if (address === undefined) return false;
    this.#hold(id, address);
    return true;
  }

  /** Gives it the address of another that is attached; false where there is none. */
  attachTwice(id: ComputeSystemId): boolean {
    const taken = this.#held.values().next().value;
    if (taken === undefined) return false;
    this.#hold(id, taken);
    return true;
  }

  /** Repeating it is harmless. */
  detach(id: ComputeSystemId): void {
    const address = this.#held.get(id);
    if (address === undefined) return;
    this.#held.delete(id);
    const holders = (this.#holders.get(address) ?? 1) - 1;
    if (holders > 0) this.#holders.set(address, holders);
    else {
      this.#holders.delete(address);
      this.#free.push(address);
    }
  }

  /** The endpoint is told to go and stays: its address is nobody's any more, and not free either. */
  leak(id: ComputeSystemId): void {
    this.#held.delete(id);
  }

  endpointOf(id: ComputeSystemId): Endpoint | null {
    const address = this.#held.get(id);
    if (address === undefined) return null;
    const hex = address.toString(16).padStart(6, '0');
    return {
      endpointId: `${id}-eth0`,
      ipAddress: textOf(NETWORK + address),
      macAddress: `00-15-5D-${hex.slice(0, 2)}-${hex.slice(2, 4)}-${hex.slice(4, 6)}`.toUpperCase(),
    };
  }

  /** True where another has the same address: neither is reached reliably. */
  isShared(id: ComputeSystemId): boolean {
    const address = this.#held.get(id);
    return address !== undefined && (this.#holders.get(address) ?? 0) > 1;
  }

  usage(): { readonly gateway: string; readonly addresses: number; readonly taken: number } {
    return {
      gateway: textOf(NETWORK + GATEWAY),
      addresses: this.addresses,
      taken: this.#holders.size,
    };
  }

  reboot(): void {
    this.#held.clear();
    this.#holders.clear();
    this.#free = [];
    this.#next = FIRST;
  }

  #hold(id: ComputeSystemId, address: number): void {
    this.#held.set(id, address);
    this.#holders.set(address, (this.#holders.get(address) ?? 0) + 1);
  }
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}
