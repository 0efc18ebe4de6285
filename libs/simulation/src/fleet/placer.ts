import {
  claimStreams,
  emptyWaitingRoom,
  enter,
  leave,
  type PlannedPlacement,
  planRound,
  type RecordedEvent,
  ROUND_ACTIONS_MAX,
  type WorkloadId,
  waitsForPlace,
} from '@bulkhead/domain';
import type { FleetState } from './fleet-state.js';

/** The least time between two rounds, as in a worker. */
export const ROUND_SPACING_MS = 5;

/** After these somebody may find a place who found none before, or somebody new waits. */
const worthALook: ReadonlySet<RecordedEvent['event']['type']> = new Set([
  'WorkloadSubmitted',
  'ComputeSystemReleased',
  'WorkloadRetryScheduled',
  'HostBooted',
  'KernelClaimed',
]);

/** The one placer: rings itself awake by what it hears from the log, plans a round and records it. */
export class SimulatedPlacer {
  readonly room = emptyWaitingRoom();
  #wake: (() => void) | null = null;
  #wakesAtMs = Number.POSITIVE_INFINITY;

  constructor(private readonly state: FleetState) {
    state.log.follow(({ stream, event: { type } }) => {
      if (stream.startsWith('wl_')) this.#seat(stream as WorkloadId);
      if (worthALook.has(type)) this.#lookIn(ROUND_SPACING_MS);
    });
  }

  #seat(workloadId: WorkloadId): void {
    const { fleet, submittedAt } = this.state;
    const known = fleet.workloads.get(workloadId)?.state;
    const waits = known !== undefined && waitsForPlace(known) && !fleet.pending.has(workloadId);
    if (!waits) leave(this.room, workloadId);
    else if (!this.room.lineOf.has(workloadId)) {
      enter(this.room, workloadId, known, submittedAt.get(workloadId) ?? 0);
    }
  }

  #lookIn(delayMs: number): void {
    const atMs = this.state.nowMs + delayMs;
    if (atMs >= this.#wakesAtMs) return;
    this.#wake?.();
    this.#wakesAtMs = atMs;
    this.#wake = this.state.time.after(delayMs, () => this.#round());
  }

  #round(): void {
    const { state, room } = this;
    const { nowMs } = state;
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
    const round = planRound(state.fleet, room, nowMs, state.newUuid);
    for (const placement of round.placements) this.#place(placement);
    for (const { workloadId, workload, cause, detail } of round.deferrals) {
      const attempt = workload.state.nextAttempt;
      state.ask(workloadId, { kind: 'defer-placement', attempt, cause, detail, nowMs }, 'placer');
    }
    for (const { workloadId, code, reasons, grounds } of round.rejections) {
      const refusal = { kind: 'reject-unplaceable', code, reasons, grounds, nowMs } as const;
      state.ask(workloadId, refusal, 'placer');
    }
    const planned = round.placements.length + round.deferrals.length + round.rejections.length;
    // A full round has left others unlooked at.
    if (planned >= ROUND_ACTIONS_MAX) this.#lookIn(ROUND_SPACING_MS);
    if (round.againAtMs !== null) this.#lookIn(Math.max(ROUND_SPACING_MS, round.againAtMs - nowMs));
  }

  #place(placement: PlannedPlacement): void {
    const { workloadId, command, guards } = placement;
    leave(this.room, workloadId);
    this.state.ask(workloadId, command, 'placer', { streams: claimStreams(placement), guards });
  }
}
