import {
  type EventMetadata,
  fold,
  type TenantId,
  type WorkloadCommand,
  type WorkloadEvent,
  type WorkloadId,
  type WorkloadState,
  workloadDecider,
} from '@bulkhead/domain';
import {
  type Append,
  type Appended,
  type Executed,
  executeCommand,
  VersionConflict,
  type WholeLog,
} from '@bulkhead/event-store';
import type { FleetFollower } from '../fleet/fleet-follower.js';

export interface KnownWorkload {
  readonly state: WorkloadState;
  readonly version: number;
}

export interface Target {
  readonly tenantId: TenantId;
  readonly workloadId: WorkloadId;
}

export type Alongside = (
  events: readonly WorkloadEvent[],
  state: WorkloadState,
) => Pick<Append, 'guards'> & { readonly streams?: Append['streams'] };

export interface Execution extends Target {
  /** Made anew for every try, from the state that the try decides on. */
  readonly command: (state: WorkloadState) => WorkloadCommand | Promise<WorkloadCommand>;
  readonly metadata: EventMetadata;
  readonly alongside?: Alongside;
}

export type Outcome = Executed<WorkloadState, WorkloadEvent>;

/**
 * Commands on workloads, without a read where the process knows the stream already: it decides on what
 * it knows, and the append verifies that this was the newest version. Only a conflict, or an answer that
 * nothing is to be done, which could be true of an old state only, makes it read the stream.
 */
export class WorkloadCommands {
  /** What this process appended and has not yet heard back from the log. */
  private readonly ahead = new Map<WorkloadId, KnownWorkload>();

  constructor(
    private readonly log: WholeLog,
    private readonly follower: FleetFollower,
  ) {
    follower.onEvent(({ stream, version }) => {
      const known = this.ahead.get(stream as WorkloadId);
      if (known !== undefined && version >= known.version) this.ahead.delete(stream as WorkloadId);
    });
  }

  /** The newest that this process knows; null where it knows nothing or the workload has ended. */
  known(workloadId: WorkloadId): KnownWorkload | null {
    return this.ahead.get(workloadId) ?? this.follower.fleet.workloads.get(workloadId) ?? null;
  }

  /** Whether this process wrote more of a workload than it has heard back from the log: it moved just now. */
  isAhead(workloadId: WorkloadId): boolean {
    return this.ahead.has(workloadId);
  }

  /** @throws VersionConflict where others were faster every time, and what `append` throws */
  async carryOut(execution: Execution): Promise<Outcome> {
    const { tenantId, workloadId, command, metadata, alongside } = execution;
    const outcome =
      (await this.tryKnown(execution)) ??
      (await executeCommand({
        log: this.log,
        owner: tenantId,
        stream: workloadId,
        decider: workloadDecider,
        command,
        metadata,
        ...(alongside === undefined ? {} : { alongside }),
      }));
    if (outcome.accepted && outcome.appended !== null) this.remember(workloadId, outcome);
    return outcome;
  }

  private async tryKnown(execution: Execution): Promise<Outcome | null> {
    const { tenantId, workloadId, command, metadata, alongside } = execution;
    const known = this.known(workloadId);
    if (known === null) return null;
    const { state, version } = known;
    const decided = workloadDecider.decide(await command(state), state);
    if (!decided.accepted || decided.events.length === 0) return null;
    const { events } = decided;
    const { guards = [], streams = [] } = alongside?.(events, state) ?? {};
    const own = { owner: tenantId, stream: workloadId, expectedVersion: version, events };
    let appended: Appended;
    try {
      appended = await this.log.append({ streams: [own, ...streams], guards, metadata });
    } catch (error) {
      if (error instanceof VersionConflict) return null;
      throw error;
    }
    const after = fold(workloadDecider, events, state);
    return { accepted: true, state: after, version: version + events.length, events, appended };
  }

  private remember(workloadId: WorkloadId, outcome: Extract<Outcome, { accepted: true }>): void {
    const { state, version, appended } = outcome;
    if (appended === null || this.follower.hasSeen(appended.lastPosition)) return;
    this.ahead.set(workloadId, { state, version });
  }
}
