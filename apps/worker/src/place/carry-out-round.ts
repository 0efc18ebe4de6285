import {
  type Clock,
  claimStreams,
  type Fleet,
  type OfWaiting,
  type PlannedDeferral,
  type PlannedPlacement,
  type PlannedRejection,
  type Round,
  type WorkloadCommand,
  type WorkloadId,
  withdrawProposal,
  workloadDecider,
} from '@bulkhead/domain';
import {
  type Append,
  InvalidAppend,
  LogOverloaded,
  LogUnavailable,
  VersionConflict,
  type WholeLog,
} from '@bulkhead/event-store';
import { because } from '../because.js';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import { type Logger, told } from '../logging.js';
import { Slots } from '../slots.js';
import type { WaitingList } from './waiting-list.js';

/** Appends of the placer that may be on their way; no further round is planned beyond it. */
export const APPENDS_IN_FLIGHT_MAX = 2_000;

/** What failed so was not recorded, and never will be. */
const NOT_RECORDED = [VersionConflict, LogUnavailable, LogOverloaded, InvalidAppend] as const;

/** Sends what a round has planned, all at once: the log lets them share transactions. */
export class RoundAppends {
  private readonly slots = new Slots(APPENDS_IN_FLIGHT_MAX);
  /** Told why they wait, but the log has not answered yet: their version is about to change. */
  private readonly beingDeferred = new Set<WorkloadId>();
  /** A place was found for one that is being deferred: it is looked at again when that is recorded. */
  private passedOver = false;
  /** An append failed for another reason than a conflict: the next round comes after a pause. */
  troubled = false;
  /**
   * An append failed whose outcome nobody knows, and may be recorded yet: Postgres goes on with a statement whose connection was cut, and ends it when it
   * can. Its room is nobody's before a new term of the placer stands in the log, which the statement then cannot pass.
   */
  unsure = false;
  /** Whose append that was: what they would take stays theirs until then, for whatever else the placer decides meanwhile. */
  private readonly unsureOf = new Set<WorkloadId>();

  constructor(
    private readonly log: WholeLog,
    private readonly follower: FleetFollower,
    private readonly list: WaitingList,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly answered: () => void,
  ) {}

  get areFull(): boolean {
    return this.slots.taken >= APPENDS_IN_FLIGHT_MAX;
  }

  settled(): Promise<void> {
    return this.slots.settled();
  }

  send(round: Round): void {
    for (const placement of round.placements) this.place(placement);
    for (const deferral of round.deferrals) this.defer(deferral);
    for (const rejection of round.rejections) this.reject(rejection);
  }

  /** Gives back what was proposed and never recorded. Only when nothing is on its way any more. */
  withdrawAll(): void {
    for (const workloadId of [...this.fleet.pending.keys(), ...this.unsureOf]) {
      this.withdraw(workloadId);
    }
    this.unsureOf.clear();
  }

  private get fleet(): Fleet {
    return this.follower.fleet;
  }

  private place(placement: PlannedPlacement): void {
    const { workloadId, command, guards } = placement;
    if (this.beingDeferred.has(workloadId)) {
      this.withdraw(workloadId);
      this.passedOver = true;
      return;
    }
    this.list.takeOut(workloadId);
    const streams = claimStreams(placement);
    this.append(placement, command, { streams, guards }, () => this.withdraw(workloadId));
  }

  private defer(deferral: PlannedDeferral): void {
    const { workloadId, cause, detail, workload } = deferral;
    if (this.beingDeferred.has(workloadId)) return;
    this.beingDeferred.add(workloadId);
    const attempt = workload.state.nextAttempt;
    const nowMs = this.clock();
    this.append(
      deferral,
      { kind: 'defer-placement', attempt, cause, detail, nowMs },
      { streams: [], guards: [this.ofPlacer()] },
      () => {},
      () => this.deferred(workloadId),
    );
  }

  private deferred(workloadId: WorkloadId): void {
    this.beingDeferred.delete(workloadId);
    if (!this.passedOver || this.beingDeferred.size > 0) return;
    this.passedOver = false;
    this.list.worthALook = true;
  }

  private reject(rejection: PlannedRejection): void {
    const { workloadId, code, reasons, grounds, tenantId } = rejection;
    if (this.beingDeferred.has(workloadId)) return;
    this.list.takeOut(workloadId);
    const tenant = { stream: tenantId, version: this.fleet.tenants.get(tenantId)?.version ?? 0 };
    const policy = { stream: 'policy' as const, version: this.fleet.policy.version };
    this.append(
      rejection,
      { kind: 'reject-unplaceable', code, reasons, grounds, nowMs: this.clock() },
      { streams: [], guards: [tenant, policy, this.ofPlacer()] },
      () => this.list.keep(workloadId),
    );
  }

  private ofPlacer() {
    return { stream: 'placer' as const, version: this.fleet.placer.version };
  }

  private append(
    { workloadId, tenantId, workload }: OfWaiting,
    command: WorkloadCommand,
    { streams, guards }: Required<Pick<Append, 'streams' | 'guards'>>,
    refused: () => void,
    ended: () => void = () => {},
  ): void {
    const decided = workloadDecider.decide(command, workload.state);
    if (!decided.accepted || decided.events.length === 0) {
      refused();
      ended();
      return;
    }
    const { events } = decided;
    const { version: expectedVersion } = workload;
    const submission = this.follower.submissions.get(workloadId);
    const metadata = because(
      'placer',
      submission?.correlationId ?? workloadId,
      submission?.position ?? null,
    );
    const own = { owner: tenantId, stream: workloadId, expectedVersion, events };
    const appended = async () => {
      try {
        await this.log.append({ streams: [own, ...streams], guards, metadata });
      } catch (error) {
        return this.failed(error, workloadId, refused);
      }
      // It is recorded, and what it takes stays held until that was read, however late that is.
      await this.follower.catchUp().catch(() => {
        this.troubled = true;
      });
    };
    void this.slots.run(appended).finally(() => {
      ended();
      this.answered();
    });
  }

  /** The log has moved on, or could not answer: what it holds is read before the next look. */
  private async failed(error: unknown, workloadId: WorkloadId, refused: () => void): Promise<void> {
    const isRefused = NOT_RECORDED.some((kind) => error instanceof kind);
    if (!(error instanceof VersionConflict)) {
      this.troubled = true;
      this.logger.warn({ workload: workloadId, ...told(error) }, 'placement was not recorded');
    }
    if (!isRefused) {
      this.unsure = true;
      this.unsureOf.add(workloadId);
    }
    await this.follower.catchUp().catch(() => {});
    this.list.worthALook = true;
    if (isRefused) refused();
  }

  private withdraw(workloadId: WorkloadId): void {
    withdrawProposal(this.fleet, workloadId, 'refused');
    this.list.keep(workloadId);
  }
}
