import type { ComputeSystemId, HostId, HostSpec, TemplateId } from '@bulkhead/domain';
import type {
  ComputeSystemNotice,
  ComputeSystemSpec,
  ComputeSystemStatus,
  Fence,
  HostDriver,
  HostFingerprint,
  LogChunk,
} from '../../driver.js';
import { DriverError } from '../../driver.js';
import type { ComputeSystemProperties } from '../../properties.js';
import type { VmTemplateSpec, VmTemplateStatus } from '../../template-control.js';
import { type Connection, unreachable } from './connection.js';
import type { EffectQueue } from './effects.js';
import type { LogReads } from './log-reads.js';
import { noticesIn } from './notices.js';
import { DriverProtocolError } from './refusals.js';

/** Drives one host of a simulated-host process over HTTP. */
export class SimulatedHostDriver implements HostDriver {
  readonly capabilities: HostDriver['capabilities'];
  readonly #hostId: HostId;
  readonly #path: string;

  constructor(
    private readonly connection: Connection,
    /** Shared by all hosts of the process, so that what is asked of them travels together. */
    private readonly shared: { readonly effects: EffectQueue; readonly logs: LogReads },
    host: HostSpec,
  ) {
    this.#hostId = host.hostId;
    this.#path = pathOf(host.hostId);
    this.capabilities = { isolations: host.hypervPresent ? ['process', 'hyperv'] : ['process'] };
  }

  provision(host: HostSpec, fence: Fence): Promise<void> {
    return this.connection.post(`${pathOf(host.hostId)}/provision`, { host, fence });
  }

  reboot(hostId: HostId, fence: Fence): Promise<void> {
    return this.connection.post(`${pathOf(hostId)}/reboot`, { fence });
  }

  saveTemplate(template: VmTemplateSpec, fence: Fence): Promise<void> {
    return this.connection.post(`${this.#path}/templates`, { template, fence });
  }

  retireTemplate(id: TemplateId, fence: Fence): Promise<void> {
    const path = `${this.#path}/templates/${encodeURIComponent(id)}/retire`;
    return this.connection.post(path, { fence });
  }

  listTemplates(): Promise<readonly VmTemplateStatus[]> {
    return this.connection.get(`${this.#path}/templates`);
  }

  fingerprint(): Promise<HostFingerprint> {
    return this.connection.get(`${this.#path}/fingerprint`);
  }

  renewLease(bootId: string, fence: Fence, ttlMs: number): Promise<void> {
    return this.connection.post(`${this.#path}/lease`, { bootId, fence, ttlMs });
  }

  create(spec: ComputeSystemSpec, fence: Fence): Promise<void> {
    return this.shared.effects.carryOut({ hostId: this.#hostId, operation: 'create', spec, fence });
  }

  start(id: ComputeSystemId, fence: Fence): Promise<void> {
    return this.shared.effects.carryOut({ hostId: this.#hostId, operation: 'start', id, fence });
  }

  shutdown(id: ComputeSystemId, timeoutMs: number, fence: Fence): Promise<void> {
    const hostId = this.#hostId;
    return this.shared.effects.carryOut({ hostId, operation: 'shutdown', id, timeoutMs, fence });
  }

  terminate(id: ComputeSystemId, fence: Fence): Promise<void> {
    return this.shared.effects.carryOut({
      hostId: this.#hostId,
      operation: 'terminate',
      id,
      fence,
    });
  }

  release(id: ComputeSystemId, fence: Fence): Promise<void> {
    return this.shared.effects.carryOut({ hostId: this.#hostId, operation: 'release', id, fence });
  }

  inspect(id: ComputeSystemId): Promise<ComputeSystemStatus> {
    return this.connection.get(this.#system(id));
  }

  list(): Promise<readonly ComputeSystemStatus[]> {
    return this.connection.get(`${this.#path}/compute-systems`);
  }

  properties(id: ComputeSystemId | TemplateId): Promise<readonly ComputeSystemProperties[]> {
    return this.connection.get(`${this.#system(id)}/properties`);
  }

  async *logs(id: ComputeSystemId, fromOffset: number): AsyncIterable<LogChunk> {
    yield* await this.shared.logs.chunks({ hostId: this.#hostId, id, from: fromOffset });
  }

  async *watch(signal: AbortSignal): AsyncIterable<ComputeSystemNotice> {
    try {
      const answer = await this.connection.open(`${this.#path}/watch`, signal);
      answer.setEncoding('utf8');
      yield* noticesIn(answer);
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof DriverProtocolError ? error : unreachable(error);
    }
    if (!signal.aborted) throw new DriverError('UNREACHABLE', 'the host ended the watch');
  }

  #system(id: ComputeSystemId | TemplateId): string {
    return `${this.#path}/compute-systems/${encodeURIComponent(id)}`;
  }
}

function pathOf(hostId: HostId): string {
  return `/v1/hosts/${encodeURIComponent(hostId)}`;
}
