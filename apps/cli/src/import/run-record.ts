import type {
  Isolation,
  IsolationDecided,
  RecordedEvent,
  TenantId,
  UtilityVmBooted,
  WorkloadId,
} from '@bulkhead/domain';
import { type Spread, spreadOf } from './percentiles.js';

export type Outcome = 'succeeded' | 'failed' | 'cancelled' | 'timed-out' | 'rejected';
/** How a start went: a silo, or a utility VM that was booted, cloned or taken from the pool. */
export type StartPath = 'process' | `hyperv-${UtilityVmBooted['payload']['path']}`;

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  WorkloadSucceeded: 'succeeded',
  WorkloadFailed: 'failed',
  WorkloadCancelled: 'cancelled',
  WorkloadTimedOut: 'timed-out',
  WorkloadRejected: 'rejected',
};

interface OpenWorkload {
  isolation: Isolation | null;
  rules: readonly string[];
  running: boolean;
  placedAtMs: number;
  authorizedAtMs: number;
  path: StartPath;
}

interface StartTimes {
  readonly sincePlacedMs: number[];
  readonly sinceAuthorizedMs: number[];
}

/** What one import's workloads went through, folded from the log. Ended workloads only leave counts. */
export class RunRecord {
  readonly outcomes = new Map<Outcome, number>();
  readonly isolations = new Map<Isolation, number>();
  readonly rules = new Map<string, number>();
  submitted = 0;
  running = 0;
  finished = 0;
  events = 0;
  private readonly open = new Map<WorkloadId, OpenWorkload>();
  private readonly starts = new Map<StartPath, StartTimes>();

  /** @param tenants the import's own; what others do meanwhile is not counted */
  constructor(private readonly tenants: ReadonlySet<TenantId>) {}

  see(recorded: RecordedEvent): void {
    if (recorded.tenant === null || !this.tenants.has(recorded.tenant)) return;
    this.events += 1;
    const workloadId = recorded.stream as WorkloadId;
    if (recorded.event.type === 'WorkloadSubmitted') {
      this.submitted += 1;
      this.open.set(workloadId, newWorkload());
    }
    const workload = this.open.get(workloadId);
    if (workload !== undefined) this.follow(workloadId, workload, recorded);
  }

  /** Workloads that have not reached their end. */
  get unfinished(): number {
    return this.open.size;
  }

  /** For each path that occurred, from placement and from authorisation to the running container. */
  startTimes(): readonly {
    readonly path: StartPath;
    readonly sincePlacedMs: Spread | null;
    readonly sinceAuthorizedMs: Spread | null;
  }[] {
    return [...this.starts].sort().map(([path, times]) => ({
      path,
      sincePlacedMs: spreadOf(times.sincePlacedMs),
      sinceAuthorizedMs: spreadOf(times.sinceAuthorizedMs),
    }));
  }

  private follow(workloadId: WorkloadId, workload: OpenWorkload, recorded: RecordedEvent): void {
    const { event } = recorded;
    switch (event.type) {
      case 'IsolationDecided':
        decided(workload, event);
        return;
      case 'WorkloadPlaced':
        workload.placedAtMs = recorded.recordedAtMs;
        workload.path = event.payload.isolation === 'process' ? 'process' : 'hyperv-cold';
        return;
      case 'StartAuthorized':
        workload.authorizedAtMs = event.occurredAtMs;
        return;
      case 'UtilityVmBooted':
        workload.path = `hyperv-${event.payload.path}`;
        return;
      case 'ComputeSystemStarted':
        this.started(workload, recorded);
        return;
      case 'ComputeSystemReleased':
        this.stopped(workload);
        return;
      default:
        this.ended(workloadId, workload, OUTCOMES[event.type]);
    }
  }

  private started(workload: OpenWorkload, { event, recordedAtMs }: RecordedEvent): void {
    if (!workload.running) this.running += 1;
    workload.running = true;
    const times = this.starts.get(workload.path) ?? { sincePlacedMs: [], sinceAuthorizedMs: [] };
    times.sincePlacedMs.push(recordedAtMs - workload.placedAtMs);
    times.sinceAuthorizedMs.push(Math.max(0, event.occurredAtMs - workload.authorizedAtMs));
    this.starts.set(workload.path, times);
  }

  private stopped(workload: OpenWorkload): void {
    if (workload.running) this.running -= 1;
    workload.running = false;
  }

  private ended(workloadId: WorkloadId, workload: OpenWorkload, outcome?: Outcome): void {
    if (outcome === undefined) return;
    this.stopped(workload);
    this.open.delete(workloadId);
    this.finished += 1;
    increase(this.outcomes, outcome);
    if (workload.isolation === null) return;
    increase(this.isolations, workload.isolation);
    for (const rule of workload.rules) increase(this.rules, rule);
  }
}

function newWorkload(): OpenWorkload {
  return {
    isolation: null,
    rules: [],
    running: false,
    placedAtMs: 0,
    authorizedAtMs: 0,
    path: 'process',
  };
}

function decided(workload: OpenWorkload, { payload }: IsolationDecided): void {
  workload.isolation = payload.decision.isolation;
  workload.rules = payload.decision.reasons.map(({ rule }) => rule);
}

function increase<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
