import { type BatchId, type ScheduleId, type StreamId, scheduledBatchId } from '@bulkhead/domain';
import type { CheckMaker } from './check.js';

/** A schedule settles its planned times in their order and each of them once, and what it fires is submitted. */
export const schedulesFireOnce: CheckMaker = (report) => {
  const settledUntilMs = new Map<StreamId, number>();
  /** Fired by the event before, so that only its submission may follow. */
  let fired: BatchId | null = null;
  return {
    see: (recorded) => {
      const { event, stream } = recorded;
      if (fired !== null && (event.type !== 'BatchSubmitted' || stream !== fired)) {
        report(`${fired} was fired, and its submission does not follow`, recorded);
      }
      fired = null;
      const plannedAtMs = plannedOf(event);
      if (plannedAtMs === null) return;
      const before = settledUntilMs.get(stream) ?? 0;
      if (plannedAtMs <= before) {
        report(`a planned time (${plannedAtMs}) was settled before (up to ${before})`, recorded);
      }
      settledUntilMs.set(stream, Math.max(before, plannedAtMs));
      if (event.type !== 'ScheduleFired') return;
      fired = event.payload.batchId;
      const derived = scheduledBatchId(stream as ScheduleId, plannedAtMs);
      if (fired !== derived) report(`fired ${fired}, and its id would be ${derived}`, recorded);
    },
    finish: () => {
      if (fired !== null) report(`${fired} was fired last, and its submission does not follow`);
    },
  };
};

function plannedOf(event: Parameters<ReturnType<CheckMaker>['see']>[0]['event']): number | null {
  if (event.type === 'ScheduleTimesMissed') return event.payload.lastAtMs;
  const isSettled = event.type === 'ScheduleFired' || event.type === 'ScheduleSkipped';
  return isSettled ? event.payload.plannedAtMs : null;
}
