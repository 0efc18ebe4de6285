import type {
  AdvisoryId,
  ComputeSystemId,
  OsVersion,
  Policy,
  RecordedEvent,
  TimeMs,
} from '@bulkhead/domain';
import { type ExposureWindow, type ExposureWindows, windowOf } from './exposure-windows.js';
import type { Ledger, LedgerAdvisory, LedgerAttempt } from './ledger.js';

interface OpenAdvisoryWindow {
  readonly window: ExposureWindow;
  readonly attempt: LedgerAttempt;
  /** Since when it must be evicted; null while policy lets it run on. */
  readonly dueSinceMs: TimeMs | null;
  /** When the last advisory against its kernel ends by itself; null for never. */
  readonly untilMs: TimeMs | null;
}

/** What stands after an event that changes what is forbidden. */
interface Standing {
  readonly advisories: readonly LedgerAdvisory[];
  readonly policy: Policy | null;
}

/** From the advisory that breaks a silo's kernel to that silo's release, or to the end of the advisory. */
export class AdvisoryWindows {
  readonly open = new Map<ComputeSystemId, OpenAdvisoryWindow>();

  constructor(private readonly windows: ExposureWindows) {}

  /** Called with the ledger as it was before the event. */
  see(recorded: RecordedEvent, ledger: Ledger): void {
    const { event, recordedAtMs } = recorded;
    if (this.open.size > 0) this.endByTime(recordedAtMs);
    if (event.type === 'WorkloadEvicted') {
      const opened = this.open.get(event.payload.computeSystemId);
      if (opened !== undefined) opened.window.evictedAtMs ??= recordedAtMs;
    } else if (event.type === 'ComputeSystemReleased') {
      this.close(event.payload.computeSystemId, recordedAtMs);
    } else {
      const standing = standingAfter(recorded, ledger);
      if (standing !== null) this.judgeAll(standing, recorded, ledger);
    }
  }

  private judgeAll(standing: Standing, recorded: RecordedEvent, ledger: Ledger): void {
    for (const { attempt } of ledger.workloads.values()) {
      if (attempt === null || attempt.isolation !== 'process' || attempt.over) continue;
      const against = advisoriesAgainst(standing, attempt, recorded.recordedAtMs, ledger);
      if (against.length === 0) this.close(attempt.computeSystemId, recorded.recordedAtMs);
      else this.keep(against, standing, attempt, recorded, ledger);
    }
  }

  private keep(
    against: readonly LedgerAdvisory[],
    { policy }: Standing,
    attempt: LedgerAttempt,
    recorded: RecordedEvent,
    ledger: Ledger,
  ): void {
    const { computeSystemId, evicted, authorized } = attempt;
    const { recordedAtMs } = recorded;
    const before = this.open.get(computeSystemId);
    const window = before?.window ?? windowOf(attempt, 'open-advisory', recorded, ledger);
    if (before === undefined) this.windows.keep(window);
    if (evicted) window.evictedAtMs ??= recordedAtMs;
    const isDue = !authorized || policy?.advisories.evictRunning === true;
    const dueSinceMs = isDue ? (before?.dueSinceMs ?? recordedAtMs) : null;
    const ends = against.map(({ published }) => published.window.untilMs);
    const untilMs = ends.includes(null) ? null : Math.max(...(ends as TimeMs[]));
    this.open.set(computeSystemId, { window, attempt, dueSinceMs, untilMs });
  }

  private endByTime(nowMs: TimeMs): void {
    for (const [computeSystemId, { untilMs }] of this.open) {
      if (untilMs !== null && untilMs <= nowMs) this.close(computeSystemId, untilMs);
    }
  }

  private close(computeSystemId: ComputeSystemId, atMs: TimeMs): void {
    const opened = this.open.get(computeSystemId);
    if (opened === undefined) return;
    opened.window.closedAtMs = atMs;
    this.open.delete(computeSystemId);
  }
}

/** Null where the event changes nothing of what is forbidden. */
function standingAfter(
  { event, stream, position }: RecordedEvent,
  ledger: Ledger,
): Standing | null {
  const advisories = [...ledger.advisories.values()];
  const policy = ledger.policy?.policy ?? null;
  switch (event.type) {
    case 'AdvisoryPublished':
      return { advisories: [...advisories, { published: event.payload, position }], policy };
    case 'AdvisoryWithdrawn': {
      const others = advisories.filter(
        ({ published }) => published.advisoryId !== (stream as AdvisoryId),
      );
      return { advisories: others, policy };
    }
    case 'PolicyPublished':
      return { advisories, policy: event.payload.policy };
    default:
      return null;
  }
}

/** Those by which no silo may share the kernel of the attempt at this time. */
export function advisoriesAgainst(
  { advisories, policy }: Standing,
  { hostId, kernelInstanceId }: Pick<LedgerAttempt, 'hostId' | 'kernelInstanceId'>,
  atMs: TimeMs,
  ledger: Ledger,
): readonly LedgerAdvisory[] {
  const host = ledger.hosts.get(hostId);
  // What was on the kernel of an earlier boot is gone already.
  if (host === undefined || host.kernelInstanceId !== kernelInstanceId) return [];
  if (policy?.rulesOff.includes('open-advisory')) return [];
  return advisories.filter(({ published }) => {
    const { untilMs } = published.window;
    const isOpen = untilMs === null || atMs < untilMs;
    return isOpen && published.wall === 'shared-kernel' && names(published.builds, host.osVersion);
  });
}

function names(
  builds: LedgerAdvisory['published']['builds'],
  { build, revision }: OsVersion,
): boolean {
  return builds.some(
    (one) => one.build === build && (one.fixedRevision === null || one.fixedRevision > revision),
  );
}
