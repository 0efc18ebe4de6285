import {
  type Clock,
  placerDecider,
  planRound,
  ROUND_ACTIONS_MAX,
  type UuidSource,
} from '@bulkhead/domain';
import { VersionConflict, type WholeLog } from '@bulkhead/event-store';
import { because } from '../because.js';
import { Bell } from '../bell.js';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import type { Component } from '../keep-running.js';
import type { LeaseKeeper } from '../leases/lease-keeper.js';
import type { Logger } from '../logging.js';
import { sleep, type Timers } from '../timers.js';
import type { WorkloadCommands } from '../workloads/workload-commands.js';
import { AdvisoryEvictions } from './advisory-evictions.js';
import { RoundAppends } from './carry-out-round.js';
import { Drains } from './drains.js';
import { Evictions } from './evictions.js';
import { HostEvictions } from './host-evictions.js';
import { Preemptions } from './preemptions.js';
import { Reboots } from './reboots.js';
import { Templates } from './templates.js';
import { WaitingList } from './waiting-list.js';

export const PLACER_LEASE = 'placer';
/** How long the placer waits for a ring before it looks by itself. */
export const PLACER_POLL_MS = 1_000;
/**
 * The least time between two rounds; after a long round, as long as it took, up to the longest: a clock that is set
 * forward meanwhile, or a process that stood still, makes a round seem to have taken hours.
 */
export const ROUND_SPACING_MS = 5;
export const ROUND_SPACING_MAX_MS = 1_000;
/** The pause after an append that failed for another reason than a conflict. */
export const TROUBLE_PAUSE_MS = 200;

export interface PlacerParts {
  readonly log: WholeLog;
  readonly follower: FleetFollower;
  readonly workloads: WorkloadCommands;
  readonly leases: LeaseKeeper;
  readonly owner: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly newUuid: UuidSource;
  readonly logger: Logger;
}

/**
 * The one active placer of the fleet. It leads while it holds the lease and no other has taken over in
 * the log; every append guards the placer's stream, so what a deposed one still sends is refused.
 */
export class Placer implements Component {
  readonly name = 'placer';
  private readonly bell: Bell;
  private readonly list: WaitingList;
  private readonly evictions: Evictions;
  private readonly advisoryEvictions: AdvisoryEvictions;
  private readonly hostEvictions: HostEvictions;
  private readonly drains: Drains;
  private readonly preemptions: Preemptions;
  private readonly reboots: Reboots;
  private readonly templates: Templates;
  private readonly appends: RoundAppends;
  private againAtMs = Number.POSITIVE_INFINITY;

  constructor(private readonly parts: PlacerParts) {
    const { log, follower, workloads, leases, clock, timers, logger } = parts;
    this.bell = new Bell(timers);
    this.list = new WaitingList(follower);
    const evicting = { follower, workloads, clock };
    this.evictions = new Evictions(evicting);
    this.advisoryEvictions = new AdvisoryEvictions(evicting);
    this.hostEvictions = new HostEvictions(evicting);
    this.drains = new Drains(log, evicting);
    this.preemptions = new Preemptions(evicting);
    this.reboots = new Reboots(log, this.list.room, evicting);
    this.templates = new Templates(log, parts.newUuid, evicting);
    const ring = () => this.bell.ring();
    this.appends = new RoundAppends(log, follower, this.list, clock, logger, ring);
    follower.onMoved(ring);
    leases.want(PLACER_LEASE);
    leases.onRenewed(ring);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { leases } = this.parts;
    while (!signal.aborted) {
      const epoch = leases.epochOf(PLACER_LEASE);
      if (epoch === null) await this.bell.heard(PLACER_POLL_MS, signal);
      else await this.lead(epoch, signal);
    }
  }

  stoppedForGood(): void {
    this.parts.leases.wantNoMore(PLACER_LEASE);
  }

  private async lead(epoch: number, signal: AbortSignal): Promise<void> {
    const { leases, follower, logger } = this.parts;
    // Nothing is on its way any more, and what may come late is refused from here on.
    this.appends.unsure = false;
    const term = await this.takeOver();
    if (term === null) return;
    logger.info({ term }, 'leads the placement of the fleet');
    this.evictions.checkEverySilo();
    this.advisoryEvictions.checkEverySilo();
    this.list.worthALook = true;
    const leads = () =>
      !signal.aborted &&
      !this.appends.unsure &&
      leases.epochOf(PLACER_LEASE) === epoch &&
      follower.fleet.placer.state.term === term;
    try {
      while (leads()) await this.step(signal);
    } finally {
      await this.appends.settled();
      await follower.catchUp().catch(() => {});
      this.appends.withdrawAll();
      logger.info({ term }, 'no longer leads the placement of the fleet');
    }
  }

  /** The term that begins; null where another placer was faster. */
  private async takeOver(): Promise<number | null> {
    const { log, follower, owner, clock, newUuid } = this.parts;
    await follower.catchUp();
    const { state, version: expectedVersion } = follower.fleet.placer;
    const decided = placerDecider.decide({ kind: 'take-over', owner, nowMs: clock() }, state);
    if (!decided.accepted) return null;
    try {
      await log.append({
        streams: [{ owner: null, stream: 'placer', expectedVersion, events: decided.events }],
        metadata: because('placer', newUuid(), null),
      });
    } catch (error) {
      if (error instanceof VersionConflict) return null;
      throw error;
    }
    await follower.catchUp();
    return follower.fleet.placer.state.owner === owner ? follower.fleet.placer.state.term : null;
  }

  private async step(signal: AbortSignal): Promise<void> {
    const { clock, timers, follower } = this.parts;
    const { evictions, advisoryEvictions, hostEvictions, drains, reboots, templates } = this;
    for (const duty of [evictions, advisoryEvictions, hostEvictions, drains, reboots, templates]) {
      if (!(await duty.carryOut())) await follower.catchUp();
    }
    const startedAtMs = clock();
    const againAtMs = this.round(startedAtMs);
    await this.preemptions.carryOut();
    const tookMs = clock() - startedAtMs;
    const spacingMs = Math.min(Math.max(ROUND_SPACING_MS, tookMs), ROUND_SPACING_MAX_MS);
    const pauseMs = this.appends.troubled ? TROUBLE_PAUSE_MS : spacingMs;
    this.appends.troubled = false;
    await sleep(timers, pauseMs, signal);
    if (this.list.worthALook && !this.appends.areFull) return;
    const waitMs = Math.min(PLACER_POLL_MS, (againAtMs ?? Number.POSITIVE_INFINITY) - clock());
    if (waitMs > 0) await this.bell.heard(waitMs, signal);
  }

  /** When to look again although nothing has happened; null for never. */
  private round(nowMs: number): number | null {
    const { follower, newUuid } = this.parts;
    const { fleet } = follower;
    if (fleet.policy.state.policy === null) return null;
    if (this.appends.areFull || this.appends.unsure) return null;
    if (!this.list.worthALook && nowMs < this.againAtMs) return this.againAtMs;
    const round = planRound(fleet, this.list.room, nowMs, newUuid);
    const { placements, deferrals, rejections } = round;
    // A full round has left others unlooked at.
    this.list.worthALook =
      placements.length + deferrals.length + rejections.length >= ROUND_ACTIONS_MAX;
    this.appends.send(round);
    this.preemptions.plan(round.preemptions);
    this.againAtMs = round.againAtMs ?? Number.POSITIVE_INFINITY;
    return round.againAtMs;
  }
}
