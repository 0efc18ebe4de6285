import {
  type Clock,
  type EventMetadata,
  fold,
  type HostBooted,
  type HostId,
  hostDecider,
  type KernelEnded,
  type KernelEvent,
  type KernelInstanceId,
  kernelDecider,
  prefixedId,
  type UuidSource,
} from '@bulkhead/domain';
import { executeCommand, type StreamAppend, type WholeLog } from '@bulkhead/event-store';
import type { HostFingerprint } from '@bulkhead/hypervisor';

/** What a host's own stream and its kernels' streams learn from its answers, or from its silence. */
export class HostReports {
  constructor(
    private readonly log: WholeLog,
    private readonly clock: Clock,
    private readonly newUuid: UuidSource,
  ) {}

  /** The host answered. A new boot starts a new kernel and ends the one before, all in one append. */
  async answered(
    hostId: HostId,
    { bootId, osVersion }: HostFingerprint,
    metadata: EventMetadata,
  ): Promise<void> {
    const nowMs = this.clock();
    let earlier: KernelHistory | null = null;
    await executeCommand({
      log: this.log,
      owner: null,
      stream: hostId,
      decider: hostDecider,
      command: async (state) => {
        earlier = state.boot === null ? null : await this.history(state.boot.kernelInstanceId);
        const kernelInstanceId = prefixedId('ki', this.newUuid());
        return { kind: 'report-boot' as const, bootId, kernelInstanceId, osVersion, nowMs };
      },
      metadata,
      alongside: (events) => {
        const booted = events.find((event) => event.type === 'HostBooted');
        if (booted === undefined) return {};
        const ended = earlier === null ? [] : endOf(earlier, 'rebooted', nowMs);
        return { streams: [startOf(hostId, booted), ...ended] };
      },
    });
  }

  async lost(hostId: HostId, lastHeardAtMs: number, metadata: EventMetadata): Promise<void> {
    await executeCommand({
      log: this.log,
      owner: null,
      stream: hostId,
      decider: hostDecider,
      command: { kind: 'report-lost', lastHeardAtMs, nowMs: this.clock() },
      metadata,
    });
  }

  /** An operator stated that the machine is off, or has taken it out of the fleet: nothing runs there. */
  async kernelEnded(
    kernelInstanceId: KernelInstanceId,
    cause: 'fenced' | 'retired',
    metadata: EventMetadata,
  ): Promise<void> {
    await executeCommand({
      log: this.log,
      owner: null,
      stream: kernelInstanceId,
      decider: kernelDecider,
      command: { kind: 'end-kernel', cause, nowMs: this.clock() },
      metadata,
    });
  }

  private async history(kernelInstanceId: KernelInstanceId): Promise<KernelHistory> {
    const recorded = await this.log.readStream(null, kernelInstanceId);
    return { kernelInstanceId, events: recorded.map(({ event }) => event as KernelEvent) };
  }
}

interface KernelHistory {
  readonly kernelInstanceId: KernelInstanceId;
  readonly events: readonly KernelEvent[];
}

function startOf(hostId: HostId, { payload, occurredAtMs }: HostBooted): StreamAppend {
  const { kernelInstanceId, osVersion } = payload;
  const kernel = {
    kernelInstanceId,
    kind: 'host' as const,
    hostId,
    computeSystemId: null,
    kernelVersion: osVersion,
    hostVersion: osVersion,
  };
  const started = kernelDecider.decide(
    { kind: 'start-kernel', kernel, nowMs: occurredAtMs },
    kernelDecider.initialState,
  );
  const events = started.accepted ? started.events : [];
  return { owner: null, stream: kernelInstanceId, expectedVersion: 0, events };
}

function endOf(
  { kernelInstanceId, events: history }: KernelHistory,
  cause: KernelEnded['payload']['cause'],
  nowMs: number,
): readonly StreamAppend[] {
  const ended = kernelDecider.decide(
    { kind: 'end-kernel', cause, nowMs },
    fold(kernelDecider, history),
  );
  if (!ended.accepted || ended.events.length === 0) return [];
  const expectedVersion = history.length;
  return [{ owner: null, stream: kernelInstanceId, expectedVersion, events: ended.events }];
}
