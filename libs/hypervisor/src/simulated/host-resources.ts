import type { ComputeSystemId, HostSpec, TimeMs } from '@bulkhead/domain';
import { Capacity } from './capacity.js';
import { ImageStore } from './images/image-store.js';
import { HostMemory, type MemoryUsage } from './memory/host-memory.js';
import { SiloRoots } from './namespaces/silo-roots.js';
import { NatNetwork } from './network/nat-network.js';

/** What is in use of a host, in MiB and addresses. */
export interface HostUsage {
  readonly memory: MemoryUsage;
  readonly network: ReturnType<NatNetwork['usage']>;
}

/** What the compute systems of one host share, and what it promised to each. */
export class HostResources {
  readonly capacity: Capacity;
  readonly images: ImageStore;
  readonly memory: HostMemory;
  readonly network: NatNetwork;
  /** In the object namespace of its kernel. */
  readonly silos = new SiloRoots();

  /** `besidesMiB` is what of its memory is held by no compute system. */
  constructor(host: HostSpec, timeScale: number, besidesMiB: () => number) {
    const { preloadedImages, natAddresses } = host.simulation ?? {};
    this.capacity = new Capacity(host);
    this.images = new ImageStore(timeScale, preloadedImages);
    this.memory = new HostMemory(host.memoryMiB, besidesMiB);
    this.network = new NatNetwork(natAddresses);
  }

  usage(): HostUsage {
    return { memory: this.memory.usage(), network: this.network.usage() };
  }

  /** Repeating it is harmless. */
  free(id: ComputeSystemId): void {
    this.capacity.free(id);
    this.memory.free(id);
    this.network.detach(id);
    this.silos.close(id);
  }

  reboot(nowMs: TimeMs): void {
    this.capacity.reboot();
    this.images.reboot(nowMs);
    this.memory.reboot();
    this.network.reboot();
    this.silos.reboot();
  }
}
