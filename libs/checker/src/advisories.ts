import type { ComputeSystemId, RecordedEvent } from '@bulkhead/domain';
import { AdvisoryWindows, advisoriesAgainst } from './advisory-windows.js';
import type { Check, CheckOptions, Report } from './check.js';
import type { ExposureWindows } from './exposure-windows.js';
import type { Ledger, LedgerAttempt } from './ledger.js';

/**
 * Where policy has the rule `open-advisory` on, no silo is placed or started on a kernel that an open
 * advisory breaks; what had not started goes within the bound, and what runs where policy says so; and
 * nothing goes because of an advisory that says nothing of its kernel.
 */
export function advisoriesAreObeyed(
  report: Report,
  { evictionBoundMs }: CheckOptions,
  windows: ExposureWindows,
): Check {
  const open = new AdvisoryWindows(windows);
  const late = new Set<ComputeSystemId>();
  const findLate = (nowMs: number) => {
    for (const [computeSystemId, { window, attempt, dueSinceMs }] of open.open) {
      const settled = window.evictedAtMs !== null || attempt.over || late.has(computeSystemId);
      if (settled || dueSinceMs === null || nowMs - dueSinceMs <= evictionBoundMs) continue;
      late.add(computeSystemId);
      report(
        `${computeSystemId} was not evicted within ${evictionBoundMs} ms of the advisory at position ${window.openedByPosition}`,
      );
    }
  };
  return {
    see: (recorded, ledger) => {
      if (open.open.size > 0) findLate(recorded.recordedAtMs);
      const { event } = recorded;
      if (event.type === 'WorkloadPlaced') {
        judge(report, recorded, event.payload, ledger);
      } else if (event.type === 'StartAuthorized') {
        const attempt = ledger.attemptOf(recorded);
        if (attempt !== null) judge(report, recorded, attempt, ledger);
      } else if (event.type === 'WorkloadEvicted' && event.payload.cause === 'open-advisory') {
        judgeEviction(report, recorded, event.payload.causedByPosition, ledger);
      }
      open.see(recorded, ledger);
    },
  };
}

type Held = Pick<LedgerAttempt, 'isolation' | 'hostId' | 'kernelInstanceId'>;

function judge(report: Report, recorded: RecordedEvent, held: Held, ledger: Ledger): void {
  if (held.isolation !== 'process') return;
  const { type, occurredAtMs } = recorded.event;
  const [first] = advisoriesAgainst(standing(ledger), held, occurredAtMs, ledger);
  if (first === undefined) return;
  report(
    `${type} on the shared kernel of ${held.hostId}, which ${first.published.advisoryId} breaks`,
    recorded,
  );
}

function judgeEviction(
  report: Report,
  recorded: RecordedEvent,
  causedByPosition: number,
  ledger: Ledger,
): void {
  const attempt = ledger.attemptOf(recorded);
  if (attempt === null) return;
  const against = advisoriesAgainst(standing(ledger), attempt, recorded.event.occurredAtMs, ledger);
  if (against.some(({ position }) => position === causedByPosition)) return;
  report(
    `evicted because of position ${causedByPosition}, where no open advisory breaks its kernel`,
    recorded,
  );
}

function standing(ledger: Ledger) {
  return {
    advisories: [...ledger.advisories.values()],
    policy: ledger.policy?.policy ?? null,
  };
}
