import type { ComputeSystemId, HostId, HostSpec, TemplateId } from '@bulkhead/domain';
import {
  type ComputeSystemNotice,
  type ComputeSystemSpec,
  type ComputeSystemStatus,
  DriverError,
  type Fence,
  type HostDriver,
  type HostFingerprint,
  type LogChunk,
} from '../driver.js';
import type { ComputeSystemProperties } from '../properties.js';
import type { VmTemplateSpec, VmTemplateStatus } from '../template-control.js';
import type { SimulatedFleet } from './fleet.js';

/** A watcher that falls this far behind is cut off; it begins again with everything there is. */
const MAX_WATCH_BACKLOG = 50_000;

/** Drives one host of a simulated fleet without a wire in between, for simulations in one process. */
export class InProcessDriver implements HostDriver {
  readonly capabilities: HostDriver['capabilities'];
  readonly #hostId: HostId;

  constructor(
    private readonly fleet: SimulatedFleet,
    host: HostSpec,
  ) {
    this.#hostId = host.hostId;
    this.capabilities = { isolations: host.hypervPresent ? ['process', 'hyperv'] : ['process'] };
  }

  async provision(host: HostSpec, fence: Fence): Promise<void> {
    this.fleet.provision(host, fence);
  }

  async reboot(hostId: HostId, fence: Fence): Promise<void> {
    this.fleet.host(hostId).reboot(fence);
  }

  async saveTemplate(template: VmTemplateSpec, fence: Fence): Promise<void> {
    this.#host().templates.save(template, fence);
  }

  async retireTemplate(id: TemplateId, fence: Fence): Promise<void> {
    this.#host().templates.retire(id, fence);
  }

  async listTemplates(): Promise<readonly VmTemplateStatus[]> {
    return this.#host().templates.list();
  }

  async fingerprint(): Promise<HostFingerprint> {
    return this.#host().fingerprint();
  }

  async renewLease(bootId: string, fence: Fence, ttlMs: number): Promise<void> {
    this.#host().renewLease(bootId, fence, ttlMs);
  }

  async create(spec: ComputeSystemSpec, fence: Fence): Promise<void> {
    this.#host().create(spec, fence);
  }

  async start(id: ComputeSystemId, fence: Fence): Promise<void> {
    this.#host().start(id, fence);
  }

  async shutdown(id: ComputeSystemId, timeoutMs: number, fence: Fence): Promise<void> {
    this.#host().shutdown(id, timeoutMs, fence);
  }

  async terminate(id: ComputeSystemId, fence: Fence): Promise<void> {
    this.#host().terminate(id, fence);
  }

  async release(id: ComputeSystemId, fence: Fence): Promise<void> {
    this.#host().release(id, fence);
  }

  async inspect(id: ComputeSystemId): Promise<ComputeSystemStatus> {
    return this.#host().inspect(id);
  }

  async list(): Promise<readonly ComputeSystemStatus[]> {
    return this.#host().list();
  }

  /** What the service does not know is NOT_FOUND to a driver's caller. */
  async properties(id: ComputeSystemId | TemplateId): Promise<readonly ComputeSystemProperties[]> {
    return this.#host().properties(id);
  }

  async *logs(id: ComputeSystemId, fromOffset: number): AsyncIterable<LogChunk> {
    yield* this.#host().logs(id, fromOffset);
  }

  async *watch(signal: AbortSignal): AsyncIterable<ComputeSystemNotice> {
    const waiting: ComputeSystemNotice[] = [];
    let broken: string | null = null;
    let wake: () => void = () => {};
    const breakOff = (reason: string) => {
      broken ??= reason;
      wake();
    };
    const notice = (heard: ComputeSystemNotice) => {
      if (waiting.length >= MAX_WATCH_BACKLOG) breakOff('the watcher is too slow');
      else waiting.push(heard);
      wake();
    };
    const stop = this.#host().watch({ notice, closed: breakOff });
    const woken = () => wake();
    signal.addEventListener('abort', woken);
    try {
      while (!signal.aborted) {
        yield* waiting.splice(0);
        if (broken) throw new DriverError('UNREACHABLE', broken);
        if (waiting.length > 0 || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      stop();
      signal.removeEventListener('abort', woken);
    }
  }

  #host() {
    return this.fleet.host(this.#hostId);
  }
}
