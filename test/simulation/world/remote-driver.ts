import type { ComputeSystemId, HostId, HostSpec } from '@bulkhead/domain';
import {
  type ComputeSystemNotice,
  type ComputeSystemSpec,
  type ComputeSystemStatus,
  type Fence,
  type HostControl,
  type HostFingerprint,
  type IsolationDriver,
  type LogChunk,
} from '@bulkhead/hypervisor';
import { watchHost } from './host-watch.js';
import type { Remote } from './remote.js';
import type { SimulatedRack } from './simulated-rack.js';

/** Drives one simulated host from one process, over their link. */
export class RemoteDriver implements IsolationDriver, HostControl {
  readonly capabilities: IsolationDriver['capabilities'];

  constructor(
    private readonly remote: Remote,
    private readonly host: HostSpec,
  ) {
    this.capabilities = { isolations: host.hypervPresent ? ['process', 'hyperv'] : ['process'] };
  }

  provision(host: HostSpec, fence: Fence): Promise<void> {
    const { hostId } = this.host;
    return this.remote.network.call(this.remote.life, this.remote.linkTo(hostId), async () =>
      this.remote.rack.provision(host, fence),
    );
  }

  reboot(_hostId: HostId, fence: Fence): Promise<void> {
    return this.ask((host) => host.reboot(fence));
  }

  fingerprint(): Promise<HostFingerprint> {
    return this.ask((host) => host.fingerprint());
  }

  renewLease(bootId: string, fence: Fence, ttlMs: number): Promise<void> {
    return this.ask((host) => host.renewLease(bootId, fence, ttlMs));
  }

  create(spec: ComputeSystemSpec, fence: Fence): Promise<void> {
    return this.ask((host) => host.create(spec, fence));
  }

  start(id: ComputeSystemId, fence: Fence): Promise<void> {
    return this.ask((host) => host.start(id, fence));
  }

  shutdown(id: ComputeSystemId, timeoutMs: number, fence: Fence): Promise<void> {
    return this.ask((host) => host.shutdown(id, timeoutMs, fence));
  }

  terminate(id: ComputeSystemId, fence: Fence): Promise<void> {
    return this.ask((host) => host.terminate(id, fence));
  }

  release(id: ComputeSystemId, fence: Fence): Promise<void> {
    return this.ask((host) => host.release(id, fence));
  }

  inspect(id: ComputeSystemId): Promise<ComputeSystemStatus> {
    return this.ask((host) => host.inspect(id));
  }

  list(): Promise<readonly ComputeSystemStatus[]> {
    return this.ask((host) => host.list());
  }

  async *logs(id: ComputeSystemId, fromOffset: number): AsyncIterable<LogChunk> {
    yield* await this.ask((host) => host.logs(id, fromOffset));
  }

  watch(signal: AbortSignal): AsyncIterable<ComputeSystemNotice> {
    return watchHost(this.remote, this.host.hostId, signal);
  }

  /** What the machine does at once, as far as those who ask can tell. */
  private ask<T>(act: (host: ReturnType<SimulatedRack['host']>) => T): Promise<T> {
    const { rack, network, life, linkTo } = this.remote;
    const { hostId } = this.host;
    return network.call(life, linkTo(hostId), async () => act(rack.host(hostId)));
  }
}
