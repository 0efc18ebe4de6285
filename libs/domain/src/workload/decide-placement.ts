import { accept, BrokenInvariant, type Decided, reject } from '../decider.js';
import { event } from '../event.js';
import type { DeferPlacement, PlaceAttempt, RejectUnplaceable } from './commands.js';
import type {
  IsolationDecided,
  PlacementDeferred,
  WorkloadEvent,
  WorkloadPlaced,
  WorkloadRejected,
} from './events.js';
import type { WorkloadState } from './state.js';

/** What the placer says of a workload that waits for a place. */
export function decidePlacement(
  command: PlaceAttempt | DeferPlacement | RejectUnplaceable,
  state: WorkloadState,
): Decided<WorkloadEvent> {
  switch (command.kind) {
    case 'place-attempt':
      return place(command, state);
    case 'defer-placement':
      return defer(command, state);
    case 'reject-unplaceable': {
      const { code, reasons, grounds, nowMs } = command;
      const rejected = { code, reasons, grounds };
      return accept<WorkloadEvent>(event<WorkloadRejected>('WorkloadRejected', nowMs, rejected, 2));
    }
  }
}

/** Each attempt's decision is recorded once: where it raises the floor, and for every further attempt. */
function place(command: PlaceAttempt, state: WorkloadState): Decided<WorkloadEvent> {
  if (command.attempt !== state.nextAttempt) {
    return reject('ATTEMPT_OUT_OF_TURN', `The next attempt is ${state.nextAttempt}.`);
  }
  const { attempt, hostId, decision, nowMs } = command;
  const { isolation, trustBoundary } = decision;
  if (state.decision?.isolation === 'hyperv' && isolation === 'process') {
    throw new BrokenInvariant(`placement would weaken the isolation of ${state.workloadId}`);
  }
  const placed = event<WorkloadPlaced>('WorkloadPlaced', nowMs, {
    attempt,
    hostId,
    kernelInstanceId: command.kernelInstanceId,
    computeSystemId: command.computeSystemId,
    isolation,
    trustBoundary,
    reserved: command.reserved,
    placerTerm: command.placerTerm,
  });
  const unchanged =
    attempt === 1 &&
    state.decision?.isolation === isolation &&
    state.decision.trustBoundary === trustBoundary &&
    state.decision.silenced.length === decision.silenced.length &&
    decision.warnings.length === 0;
  if (unchanged) return accept<WorkloadEvent>(placed);
  const forHost = { attempt, hostId, decision };
  const decided = event<IsolationDecided>('IsolationDecided', nowMs, forHost, 3);
  return accept<WorkloadEvent>(decided, placed);
}

function defer(command: DeferPlacement, state: WorkloadState): Decided<WorkloadEvent> {
  const { attempt, cause, detail, nowMs } = command;
  if (attempt !== state.nextAttempt || state.deferrals.includes(cause)) return accept();
  return accept<WorkloadEvent>(
    event<PlacementDeferred>('PlacementDeferred', nowMs, { attempt, cause, detail }),
  );
}
