import type {
  ComputeSystemId,
  HostId,
  Isolation,
  KernelInstanceId,
  RecordedEvent,
  WorkloadId,
} from '@bulkhead/domain';
import type { CheckMaker, Report } from './check.js';
import type { JournalEntry } from './journal-entry.js';
import { JournalRuns } from './journal-runs.js';
import { isPermitted, isPermittedForLeftovers } from './permitted-effects.js';

/** What the log says of one compute system. */
interface Logged {
  readonly workloadId: WorkloadId;
  readonly hostId: HostId;
  readonly kernelInstanceId: KernelInstanceId;
  readonly isolation: Isolation;
  startedAt: number | null;
  exit: string | null;
  released: boolean;
}

interface Cause {
  readonly type: string;
  readonly stream: string;
  readonly computeSystemId: ComputeSystemId | null;
}

const EFFECTS = new Set(['create', 'start', 'shutdown', 'terminate', 'release', 'boot']);

/**
 * Promise 5 by the hosts' own records: every effect has a cause in the log that permits it, is of the
 * workload, host, kernel and isolation that the log placed, carries no stale token, and no workload ran
 * twice at once. What the log says of starts and exits, the journal says too.
 */
export const journalsAgreeWithTheLog: CheckMaker = (report, { journalHosts }) => {
  const logged = new Map<ComputeSystemId, Logged>();
  const causes = new Map<number, Cause>();
  const hosts = new Map<HostId, { seq: number; token: number }>();
  const runs = new JournalRuns(report);
  const later = new Set<ComputeSystemId>();
  let lastPosition = 0;
  let laterEntries = 0;
  /** A journal is read after the log and may go on where the log that was given ends. */
  const isLater = ({ fence, computeSystemId }: JournalEntry) => {
    const beyond = (fence?.cause ?? 0) > lastPosition;
    if (beyond && computeSystemId !== undefined && !logged.has(computeSystemId)) {
      later.add(computeSystemId);
    }
    return beyond || (computeSystemId !== undefined && later.has(computeSystemId));
  };
  return {
    see: (recorded) => {
      lastPosition = recorded.position;
      if (journalHosts.size > 0) remember(recorded, logged, causes);
    },
    journal: (hostId, entry) => {
      judgeOrder(report, hosts, hostId, entry);
      runs.see(hostId, entry);
      if (entry.kind === 'refused') return;
      if (isLater(entry)) {
        laterEntries += 1;
        return;
      }
      if (entry.fence !== undefined && EFFECTS.has(entry.kind)) {
        judgeCause(report, hostId, entry, causes, logged);
      }
      judgeIdentity(report, hostId, entry, logged);
    },
    notChecked: () =>
      laterEntries === 0
        ? []
        : [
            `${laterEntries} journal entries have causes after position ${lastPosition}, where the log that was given ends; whether those permit them was not checked.`,
          ],
    finish: () => {
      runs.finish();
      for (const [id, told] of logged) {
        if (!journalHosts.has(told.hostId)) continue;
        const run = runs.of(id);
        if (told.startedAt !== null && run?.started !== true) {
          report(`position ${told.startedAt} says that ${id} started, ${told.hostId} never did it`);
        }
        if (told.exit !== null && run?.exit !== told.exit) {
          report(`the log says that ${id} ended with ${told.exit}, its host ${run?.exit ?? '-'}`);
        }
      }
    },
  };
};

function remember(
  { position, stream, event }: RecordedEvent,
  logged: Map<ComputeSystemId, Logged>,
  causes: Map<number, Cause>,
): void {
  if (stream.startsWith('host_')) {
    causes.set(position, { type: event.type, stream, computeSystemId: null });
    return;
  }
  if (!stream.startsWith('wl_')) return;
  const computeSystemId = 'computeSystemId' in event.payload ? event.payload.computeSystemId : null;
  causes.set(position, { type: event.type, stream, computeSystemId });
  if (event.type === 'WorkloadPlaced') {
    const { computeSystemId: id, hostId, kernelInstanceId, isolation } = event.payload;
    logged.set(id, {
      workloadId: stream as WorkloadId,
      hostId,
      kernelInstanceId,
      isolation,
      startedAt: null,
      exit: null,
      released: false,
    });
    return;
  }
  const told = computeSystemId === null ? undefined : logged.get(computeSystemId);
  if (told === undefined) return;
  if (event.type === 'ComputeSystemStarted') told.startedAt = position;
  if (event.type === 'ComputeSystemReleased') told.released = true;
  if (event.type === 'ComputeSystemExited') {
    told.exit = `${event.payload.exitType} ${event.payload.exitCode}`;
  }
}

function judgeOrder(
  report: Report,
  hosts: Map<HostId, { seq: number; token: number }>,
  hostId: HostId,
  entry: JournalEntry,
): void {
  const before = hosts.get(hostId) ?? { seq: 0, token: 0 };
  if (entry.seq !== before.seq + 1) {
    report(`journal of ${hostId}: entry ${entry.seq} follows entry ${before.seq}`);
  }
  const token = entry.kind === 'refused' ? before.token : (entry.fence?.token ?? before.token);
  if (token < before.token) {
    report(
      `journal of ${hostId}, entry ${entry.seq}: ${entry.kind} with token ${token} after ${before.token}`,
    );
  }
  hosts.set(hostId, { seq: entry.seq, token: Math.max(token, before.token) });
}

function judgeCause(
  report: Report,
  hostId: HostId,
  entry: JournalEntry,
  causes: ReadonlyMap<number, Cause>,
  logged: ReadonlyMap<ComputeSystemId, Logged>,
): void {
  const { kind, computeSystemId, seq } = entry;
  const position = entry.fence?.cause ?? 0;
  const cause = causes.get(position);
  if (cause !== undefined && isPermitted(kind, cause.type) && isOf(cause, hostId, entry)) return;
  // What the log holds no more may be removed by whoever finds it, with the host's boot as the cause.
  const held = computeSystemId !== undefined && logged.get(computeSystemId)?.released === false;
  const ofHost = cause?.stream === hostId && isPermittedForLeftovers(kind, cause.type);
  if (ofHost && !held) return;
  const found = cause === undefined ? 'no event that permits anything' : cause.type;
  report(
    `journal of ${hostId}, entry ${seq}: ${kind} of ${computeSystemId ?? 'the host'} for position ${position}, which holds ${found} of ${cause?.stream ?? 'nobody'}`,
  );
}

/** Whether the cause is about the very thing that the effect was on. */
function isOf(cause: Cause, hostId: HostId, entry: JournalEntry): boolean {
  const stream = entry.kind === 'boot' ? hostId : entry.workloadId;
  if (stream !== undefined && cause.stream !== stream) return false;
  return cause.computeSystemId === null || cause.computeSystemId === entry.computeSystemId;
}

function judgeIdentity(
  report: Report,
  hostId: HostId,
  entry: JournalEntry,
  logged: ReadonlyMap<ComputeSystemId, Logged>,
): void {
  const { computeSystemId, workloadId, isolation, kernelInstanceId } = entry;
  // What was never created there is named by its id alone, and nothing of it ran.
  if (computeSystemId === undefined || workloadId === undefined) return;
  const told = logged.get(computeSystemId);
  const where = `journal of ${hostId}, entry ${entry.seq}: ${entry.kind} of ${computeSystemId}`;
  if (told === undefined) {
    report(`${where}, which the log never placed`);
    return;
  }
  if (told.hostId !== hostId) report(`${where}, which the log placed on ${told.hostId}`);
  if (told.workloadId !== workloadId) report(`${where} for ${workloadId}, not ${told.workloadId}`);
  if (told.isolation !== isolation)
    report(`${where} as ${isolation}, decided as ${told.isolation}`);
  if (told.kernelInstanceId !== kernelInstanceId) {
    report(`${where} on ${kernelInstanceId}, placed on ${told.kernelInstanceId}`);
  }
}
