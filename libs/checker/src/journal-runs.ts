import type { ComputeSystemId, HostId, TimeMs, WorkloadId } from '@bulkhead/domain';
import type { Report } from './check.js';
import type { JournalEntry } from './journal-entry.js';

type Stage = 'created' | 'starting' | 'running' | 'ended' | 'released';

interface Run {
  readonly hostId: HostId;
  readonly workloadId: WorkloadId | null;
  stage: Stage;
  started: boolean;
  startedAtMs: TimeMs | null;
  endedAtMs: TimeMs | null;
  exit: string | null;
}

/** Which entry may meet a compute system at which stage. Null: it was never created. */
const allowed: Readonly<Record<string, readonly (Stage | null)[]>> = {
  create: [null],
  start: ['created'],
  started: ['starting'],
  'start-failed': ['starting'],
  exit: ['created', 'starting', 'running'],
  release: [null, 'created', 'ended'],
};

const leadsTo: Readonly<Record<string, Stage>> = {
  create: 'created',
  start: 'starting',
  started: 'running',
  'start-failed': 'ended',
  exit: 'ended',
  release: 'released',
};

/**
 * What ran when, by the journals. An id is created and started once in its life, and the times in which
 * the attempts of one workload were running never overlap, on whichever hosts they were.
 */
export class JournalRuns {
  private readonly runs = new Map<ComputeSystemId, Run>();
  private readonly living = new Map<HostId, Set<ComputeSystemId>>();
  private readonly heardAtMs = new Map<HostId, TimeMs>();

  constructor(private readonly report: Report) {}

  of(computeSystemId: ComputeSystemId): { started: boolean; exit: string | null } | undefined {
    return this.runs.get(computeSystemId);
  }

  see(hostId: HostId, entry: JournalEntry): void {
    if (entry.kind === 'boot') this.boot(hostId, entry);
    else if (entry.computeSystemId !== undefined && leadsTo[entry.kind] !== undefined) {
      this.move(hostId, entry, entry.computeSystemId);
    }
    this.heardAtMs.set(hostId, entry.atMs);
  }

  finish(): void {
    const ofWorkload = new Map<WorkloadId, [ComputeSystemId, Run][]>();
    for (const [id, run] of this.runs) {
      if (run.workloadId === null || run.startedAtMs === null) continue;
      const known = ofWorkload.get(run.workloadId) ?? [];
      known.push([id, run]);
      ofWorkload.set(run.workloadId, known);
    }
    for (const [workloadId, attempts] of ofWorkload) this.judgeOverlap(workloadId, attempts);
  }

  private judgeOverlap(workloadId: WorkloadId, attempts: [ComputeSystemId, Run][]): void {
    attempts.sort(([, a], [, b]) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0));
    for (let at = 1; at < attempts.length; at += 1) {
      const [earlier, before] = attempts[at - 1] as [ComputeSystemId, Run];
      const [later, after] = attempts[at] as [ComputeSystemId, Run];
      const endedAtMs = before.endedAtMs ?? Number.POSITIVE_INFINITY;
      if (endedAtMs <= (after.startedAtMs ?? 0)) continue;
      this.report(
        `${workloadId} ran twice at once: ${earlier} on ${before.hostId} and ${later} on ${after.hostId}`,
      );
    }
  }

  private move(hostId: HostId, entry: JournalEntry, id: ComputeSystemId): void {
    const before = this.runs.get(id);
    const stage = before?.stage ?? null;
    if (!allowed[entry.kind]?.includes(stage)) {
      this.report(
        `journal of ${hostId}, entry ${entry.seq}: ${entry.kind} of ${id}, which is ${stage ?? 'absent'}`,
      );
    }
    const run = before ?? this.create(hostId, entry, id);
    run.stage = leadsTo[entry.kind] as Stage;
    if (entry.kind === 'start') run.startedAtMs ??= entry.atMs;
    if (entry.kind === 'started') run.started = true;
    if (entry.kind === 'exit') run.exit = `${entry.exitType} ${entry.exitCode}`;
    if (run.stage !== 'ended' && run.stage !== 'released') return;
    run.endedAtMs ??= entry.atMs;
    this.living.get(hostId)?.delete(id);
  }

  private create(hostId: HostId, { workloadId }: JournalEntry, id: ComputeSystemId): Run {
    const run: Run = {
      hostId,
      workloadId: workloadId ?? null,
      stage: 'created',
      started: false,
      startedAtMs: null,
      endedAtMs: null,
      exit: null,
    };
    this.runs.set(id, run);
    this.living.set(hostId, (this.living.get(hostId) ?? new Set()).add(id));
    return run;
  }

  /**
   * A boot ends all that lived before it. One that was ordered ends it then and there; where the machine
   * came back by itself, only its last sign of life proves that it still ran.
   */
  private boot(hostId: HostId, { fence, atMs }: JournalEntry): void {
    const endedAtMs = fence === undefined ? (this.heardAtMs.get(hostId) ?? atMs) : atMs;
    for (const id of this.living.get(hostId) ?? []) {
      const run = this.runs.get(id);
      if (run === undefined) continue;
      run.stage = 'released';
      run.endedAtMs ??= Math.max(endedAtMs, run.startedAtMs ?? endedAtMs);
    }
    this.living.delete(hostId);
  }
}
