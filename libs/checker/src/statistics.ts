import type {
  HostId,
  KernelInstanceId,
  RecordedEvent,
  TenantId,
  TimeMs,
  TrustBoundary,
  WorkloadId,
} from '@bulkhead/domain';
import type { Ledger } from './ledger.js';
import { endsWorkload } from './record-workload.js';

export interface SharedKernel {
  readonly kernelInstanceId: KernelInstanceId;
  readonly hostId: HostId;
  readonly trustBoundary: TrustBoundary;
  /** Tenants that held a place on it at the same time as another. */
  readonly tenants: readonly TenantId[];
}

/** How long hosts took from the first stage of a start to its last, by the way of starting. */
export interface StartTimes {
  readonly path: 'silo' | 'cold' | 'cloned' | 'claimed';
  readonly count: number;
  readonly medianMs: TimeMs;
  readonly p95Ms: TimeMs;
  readonly maxMs: TimeMs;
}

export interface Statistics {
  readonly eventsByType: Readonly<Record<string, number>>;
  readonly workloadsSubmitted: number;
  /** By terminal event's outcome, and `open` for those that have not ended. */
  readonly workloadsByOutcome: Readonly<Record<string, number>>;
  /** By the last decision of each workload; `refused` for those that never got one. */
  readonly isolationMix: Readonly<Record<string, number>>;
  /** How many workloads have ended with each rule among the reasons of their last decision. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly sharedKernels: readonly SharedKernel[];
  readonly startTimes: readonly StartTimes[];
}

const outcomeNames: Readonly<Record<string, string>> = {
  WorkloadSucceeded: 'succeeded',
  WorkloadFailed: 'failed',
  WorkloadCancelled: 'cancelled',
  WorkloadTimedOut: 'timed-out',
  WorkloadRejected: 'rejected',
};

type Counts = Record<string, number>;

/** Counts what happened; it judges nothing. */
export class StatisticsKeeper {
  private readonly eventsByType: Counts = {};
  private readonly outcomes: Counts = {};
  private readonly isolationMix: Counts = {};
  private readonly reasons: Counts = {};
  private readonly shared = new Map<KernelInstanceId, Set<TenantId>>();
  private readonly sharedOf = new Map<KernelInstanceId, Omit<SharedKernel, 'tenants'>>();
  /** First stage and path of attempts that are starting. */
  private readonly starting = new Map<string, { fromMs: TimeMs; path: StartTimes['path'] }>();
  private readonly times = new Map<StartTimes['path'], TimeMs[]>();

  /** Called with the ledger as it was before the event. */
  see(recorded: RecordedEvent, ledger: Ledger): void {
    const { event } = recorded;
    count(this.eventsByType, event.type);
    if (event.type === 'WorkloadPlaced') this.seePlacement(recorded, ledger);
    else if ('startedAtMs' in event.payload) this.seeStage(recorded, ledger);
    if (endsWorkload(recorded)) this.seeEnd(recorded, ledger);
  }

  close(ledger: Ledger): Statistics {
    const open = ledger.workloads.size;
    const submitted = this.eventsByType['WorkloadSubmitted'] ?? 0;
    for (const { decision } of ledger.workloads.values()) {
      if (decision !== null) count(this.isolationMix, decision.isolation);
    }
    return {
      eventsByType: this.eventsByType,
      workloadsSubmitted: submitted,
      workloadsByOutcome: open === 0 ? this.outcomes : { ...this.outcomes, open },
      isolationMix: this.isolationMix,
      reasons: this.reasons,
      sharedKernels: [...this.sharedOf.values()].map((kernel) => ({
        ...kernel,
        tenants: [...(this.shared.get(kernel.kernelInstanceId) ?? [])],
      })),
      startTimes: [...this.times].map(([path, times]) => summarize(path, times)),
    };
  }

  private seePlacement(recorded: RecordedEvent, ledger: Ledger): void {
    if (recorded.event.type !== 'WorkloadPlaced') return;
    const { kernelInstanceId, hostId, trustBoundary } = recorded.event.payload;
    const tenantId = ledger.workloads.get(recorded.stream as WorkloadId)?.tenantId;
    if (tenantId === undefined) return;
    for (const holder of ledger.holdersOf(kernelInstanceId)) {
      if (holder.tenantId === tenantId) continue;
      const tenants = this.shared.get(kernelInstanceId) ?? new Set();
      this.shared.set(kernelInstanceId, tenants.add(tenantId).add(holder.tenantId));
      this.sharedOf.set(kernelInstanceId, { kernelInstanceId, hostId, trustBoundary });
    }
  }

  private seeStage({ stream, event }: RecordedEvent, ledger: Ledger): void {
    if (!('startedAtMs' in event.payload)) return;
    const attempt = ledger.workloads.get(stream as WorkloadId)?.attempt;
    const path = event.type === 'UtilityVmBooted' ? event.payload.path : null;
    const unknown = attempt?.isolation === 'hyperv' ? 'cold' : 'silo';
    const before = this.starting.get(stream);
    const fromMs = before?.fromMs ?? event.payload.startedAtMs;
    const now = { fromMs, path: path ?? before?.path ?? unknown } as const;
    this.starting.set(stream, now);
    if (event.type !== 'ComputeSystemStarted') return;
    this.starting.delete(stream);
    const times = this.times.get(now.path) ?? [];
    times.push(event.occurredAtMs - now.fromMs);
    this.times.set(now.path, times);
  }

  private seeEnd({ stream, event }: RecordedEvent, ledger: Ledger): void {
    count(this.outcomes, outcomeNames[event.type] ?? event.type);
    this.starting.delete(stream);
    const decision = ledger.workloads.get(stream as WorkloadId)?.decision ?? null;
    count(this.isolationMix, decision?.isolation ?? 'refused');
    const refusal = event.type === 'WorkloadRejected' ? event.payload.reasons : [];
    for (const { rule } of decision?.reasons ?? refusal) count(this.reasons, rule);
  }
}

function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function summarize(path: StartTimes['path'], times: TimeMs[]): StartTimes {
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.ceil(times.length * share) - 1] ?? 0;
  const [medianMs, p95Ms, maxMs] = [at(0.5), at(0.95), at(1)];
  return { path, count: times.length, medianMs, p95Ms, maxMs };
}
