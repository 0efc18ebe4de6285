import type { DomainEvent, RecordedEvent, WorkloadId, WorkloadPlaced } from '@bulkhead/domain';
import type { TalliedWorkload } from './tallied.js';
import type { Tally } from './tally.js';

/** What must hold of an event, given everything before it. */
export interface Invariant {
  readonly id: string;
  /** One sentence for auditors. */
  readonly text: string;
  /** What is wrong with the event; null where it may stand. */
  readonly broken: (recorded: RecordedEvent, tally: Tally) => string | null;
}

/** An invariant that only looks at placements of workloads that have not ended. */
export function ofPlacement(
  judge: (
    placed: WorkloadPlaced['payload'],
    workload: TalliedWorkload,
    tally: Tally,
  ) => string | null,
): Invariant['broken'] {
  return ({ stream, event }: RecordedEvent<DomainEvent>, tally) => {
    if (event.type !== 'WorkloadPlaced') return null;
    const workload = tally.workloads.get(stream as WorkloadId);
    return workload === undefined
      ? 'the workload is unknown, or has ended'
      : judge(event.payload, workload, tally);
  };
}
