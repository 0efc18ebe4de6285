import {
  type Clock,
  type Decided,
  type ScheduleEvent,
  type ScheduleFired,
  type SettleSchedule,
  scheduleDecider,
  type TenantState,
  tenantOf,
  type Versioned,
} from '@bulkhead/domain';
import {
  type Appended,
  ForeignStream,
  type Room,
  VersionConflict,
  type WholeLog,
} from '@bulkhead/event-store';
import { because } from '../because.js';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import { type FiredBatch, FiredBatches, type FiredBatchParts } from './fired-batch.js';
import type { KnownSchedule } from './schedule-book.js';

/** Planned times that may come in time at once, beside those that are made up for. */
const IN_TIME_MAX = 2;

export interface SettleParts extends FiredBatchParts {
  readonly log: WholeLog;
  readonly follower: FleetFollower;
  readonly clock: Clock;
}

/** Whether a suspension was told in the schedule's stream, and nothing more is to be said before its end. */
export function restsSuspended({ state }: KnownSchedule, tenant: TenantState): boolean {
  return tenant.suspension !== null && state.runs[0]?.cause === 'tenant-suspended';
}

/**
 * Settles one planned time of a schedule: it is fired, with its batch in the same append, or it is recorded
 * why not. Whoever is second finds the schedule's stream moved on, and nothing of theirs is recorded.
 */
export class ScheduleSettling {
  private readonly batches: FiredBatches;

  constructor(private readonly parts: SettleParts) {
    this.batches = new FiredBatches(parts);
  }

  /** True where something was recorded, so that the next planned time may be looked at. */
  async settle(schedule: KnownSchedule): Promise<boolean> {
    const { follower, clock } = this.parts;
    const { state, times } = schedule;
    if (times === null) return false;
    const nowMs = clock();
    const listed = state.timing.catchUpLimit + IN_TIME_MAX;
    const { due, before } = times.due(state.settledUntilMs, nowMs, listed);
    const openBatches = [...schedule.open];
    const command = { kind: 'settle', due, before, openBatches, hindrance: null, nowMs } as const;
    const tenant = tenantOf(follower.fleet, schedule.tenantId);
    const decided = scheduleDecider.decide(command, state);
    const fired = firedIn(decided);
    if (fired === null) return (await this.record(schedule, decided, [])) !== null;
    const room = this.parts.openWork.room(schedule.tenantId, 'batches');
    try {
      const firing = { ...fired, nowMs, room };
      const batch = await this.batches.make(schedule, tenant.state, firing);
      if (batch.hindrance !== null) return this.hinder(schedule, command, batch.hindrance, tenant);
      return await this.fire(schedule, command, { fired, batch, decided, tenant, room });
    } finally {
      // Of what was recorded it was settled before.
      room.settle(null);
    }
  }

  private async fire(
    schedule: KnownSchedule,
    command: SettleSchedule,
    { fired, batch, decided, tenant, room }: ToFire,
  ): Promise<boolean> {
    const { tenantId } = schedule;
    const { batchId } = fired;
    const stream = { owner: tenantId, stream: batchId, expectedVersion: 0, events: batch.events };
    const guards = [{ stream: tenantId, version: tenant.version }];
    try {
      const appended = await this.record(schedule, decided, [stream], {
        ...{ guards, contents: batch.contents, correlationId: batchId },
      });
      room.settle(appended?.lastPosition ?? null);
      this.batches.settled(batchId);
      return appended !== null;
    } catch (error) {
      const isTaken = error instanceof ForeignStream || error instanceof VersionConflict;
      if (!isTaken || error.stream !== batchId) throw error;
      this.batches.settled(batchId);
      const detail = 'The id of the batch belongs to another one.';
      return this.hinder(schedule, command, { cause: 'id-taken', detail }, tenant);
    }
  }

  private async hinder(
    schedule: KnownSchedule,
    command: SettleSchedule,
    hindrance: NonNullable<SettleSchedule['hindrance']>,
    { version }: Versioned<TenantState>,
  ): Promise<boolean> {
    const decided = scheduleDecider.decide({ ...command, hindrance }, schedule.state);
    const guards = [{ stream: schedule.tenantId, version }];
    return (await this.record(schedule, decided, [], { guards })) !== null;
  }

  private async record(
    { scheduleId, tenantId, version, position, correlationId }: KnownSchedule,
    decided: Decided<ScheduleEvent>,
    streams: Streams,
    { correlationId: own = correlationId, ...alongside }: Alongside = {},
  ): Promise<Appended | null> {
    if (!decided.accepted || decided.events.length === 0) return null;
    const { events } = decided;
    const settled = { owner: tenantId, stream: scheduleId, expectedVersion: version, events };
    return this.parts.log.append({
      ...alongside,
      streams: [settled, ...streams],
      metadata: because('schedules', own, position),
    });
  }
}

type Append = Parameters<WholeLog['append']>[0];
type Streams = Append['streams'];
type Alongside = Pick<Append, 'guards' | 'contents'> & { readonly correlationId?: string };

interface ToFire {
  readonly fired: ScheduleFired['payload'];
  readonly batch: Extract<FiredBatch, { readonly hindrance: null }>;
  readonly decided: Decided<ScheduleEvent>;
  readonly tenant: Versioned<TenantState>;
  readonly room: Room;
}

function firedIn(decided: Decided<ScheduleEvent>): ScheduleFired['payload'] | null {
  if (!decided.accepted) return null;
  const last = decided.events.at(-1);
  return last?.type === 'ScheduleFired' ? last.payload : null;
}
