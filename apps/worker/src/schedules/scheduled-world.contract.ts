import { randomBytes } from 'node:crypto';
import {
  type BatchId,
  batchDecider,
  type DomainEvent,
  fold,
  prefixedId,
  type ScheduleCommand,
  type ScheduledBatch,
  type ScheduleEvent,
  type ScheduleId,
  type ScheduleState,
  type ScheduleTiming,
  scheduleDecider,
  type TenantCommand,
  type TenantId,
  tenantDecider,
} from '@bulkhead/domain';
import { executeCommand, turnsOfProcess, type WholeLog } from '@bulkhead/event-store';
import { unboundedWork } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { request } from '../../../../test/domain/builders.js';
import { FleetFollower } from '../fleet/fleet-follower.js';
import { admitted } from '../in-memory-doubles.contract.js';
import type { LeaseKeeper } from '../leases/lease-keeper.js';
import type { Logger } from '../logging.js';
import { NewerEvents } from '../newer-events.js';
import { realTimers } from '../real-time.js';
import { Schedules, type SchedulesParts } from './schedules.js';

export const MINUTE_MS = 60_000;
const sha256 = '0'.repeat(64);
const { contentSha256: _sealed, ...task } = request();
const because = {
  actor: { kind: 'tenant' as const, id: 'test' },
  correlationId: 'test',
  causationPosition: null,
};

/** Schedules on a log whose time only a test moves, and any number of workers that fire them. */
export class ScheduledWorld {
  /** Half a second past a full minute, as no worker looks exactly in time. */
  nowMs = Date.parse('2026-11-21T10:00:00.500Z');
  readonly said: string[] = [];
  admit: SchedulesParts['admit'] = async () => admitted;
  openWork: SchedulesParts['openWork'] = unboundedWork();
  randomBytes: SchedulesParts['randomBytes'] = randomBytes;
  nextTurn: SchedulesParts['nextTurn'] = turnsOfProcess;

  constructor(readonly log: WholeLog) {}

  readonly clock = () => this.nowMs;

  passMinutes(minutes: number): void {
    this.nowMs += minutes * MINUTE_MS;
  }

  async tenant(): Promise<TenantId> {
    const tenantId = prefixedId('ten', v7());
    const trustBoundary = `own:${tenantId}` as const;
    const payload = { tenantId, name: 'tenant', trust: 'standard', trustBoundary } as const;
    await this.record(tenantId, tenantId, 0, [
      { type: 'TenantRegistered', schemaVersion: 1, occurredAtMs: this.nowMs, payload },
    ]);
    return tenantId;
  }

  async onTenant(tenantId: TenantId, command: TenantCommand): Promise<void> {
    await executeCommand({
      ...{ log: this.log, owner: tenantId, stream: tenantId, decider: tenantDecider, command },
      metadata: because,
    });
  }

  /** A schedule that fires two tasks every minute unless it is told otherwise. */
  async create(
    tenantId: TenantId,
    timing: Partial<ScheduleTiming> = {},
    changes: Partial<ScheduledBatch> = {},
    tasks: readonly object[] = [{ args: ['--part', '{{index}}'] }],
  ): Promise<ScheduleId> {
    const scheduleId = prefixedId('sch', v7());
    const content = { part: 1, sha256 };
    const limits = { tasks: [task], count: 2, maxParallel: null, maxFailures: null };
    const body = { name: 'nightly report', tasks };
    await executeCommand({
      ...{ log: this.log, owner: tenantId, stream: scheduleId, decider: scheduleDecider },
      command: {
        ...{ kind: 'create-schedule', scheduleId, tenantId, nowMs: this.nowMs },
        timing: {
          ...{ cron: '* * * * *', timeZone: 'UTC', overlap: 'allow', catchUpLimit: 1, ...timing },
        },
        name: { part: 0, sha256 },
        batch: { ...limits, content, ...changes },
      } as const,
      metadata: because,
      alongside: () => ({
        contents: [
          { tenant: tenantId, stream: scheduleId, part: 1, saltHex: '0'.repeat(64), body },
        ],
      }),
    });
    return scheduleId;
  }

  async onSchedule(
    tenantId: TenantId,
    stream: ScheduleId,
    command: ScheduleCommand,
  ): Promise<void> {
    const { log } = this;
    const decider = scheduleDecider;
    await executeCommand({ log, owner: tenantId, stream, decider, command, metadata: because });
  }

  async endBatch(tenantId: TenantId, batchId: BatchId): Promise<void> {
    const { version } = await this.log.readState(tenantId, batchId, batchDecider);
    const payload = { succeeded: 2, failed: 0, skipped: 0 };
    await this.record(tenantId, batchId, version, [
      { type: 'BatchSucceeded', schemaVersion: 1, occurredAtMs: this.nowMs, payload },
    ]);
  }

  async state(tenantId: TenantId, scheduleId: ScheduleId): Promise<ScheduleState> {
    return (await this.log.readState(tenantId, scheduleId, scheduleDecider)).state;
  }

  /** What came of its planned times, the oldest first. */
  async runs(tenantId: TenantId, scheduleId: ScheduleId): Promise<ScheduleState['runs']> {
    const history = await this.log.readStream(tenantId, scheduleId);
    const events = history.map(({ event }) => event as ScheduleEvent);
    return [...fold(scheduleDecider, events).runs].reverse();
  }

  async types(tenantId: TenantId, stream: BatchId | ScheduleId): Promise<string[]> {
    return (await this.log.readStream(tenantId, stream)).map(({ event }) => event.type);
  }

  /** One worker's part that fires. @param log what it writes through, where a test stands in between */
  async worker(log: WholeLog = this.log): Promise<WorkerOfSchedules> {
    const follower = new FleetFollower(log);
    const line = (fields: unknown, message: string) =>
      void this.said.push(`${message} ${JSON.stringify(fields)}`);
    const logger = { debug: () => {}, info: line, warn: line, error: line } as unknown as Logger;
    const leases = { want: () => {}, epochOf: () => 1 } as unknown as LeaseKeeper;
    const newer = new NewerEvents();
    const { clock } = this;
    const schedules = new Schedules({
      ...{ log, follower, leases, newer, clock, logger, timers: realTimers },
      randomBytes: (count) => this.randomBytes(count),
      nextTurn: () => this.nextTurn(),
      admit: (asked) => this.admit(asked),
      openWork: this.openWork,
    });
    return { schedules, follower };
  }

  private record(
    owner: TenantId,
    stream: TenantId | BatchId,
    expectedVersion: number,
    events: readonly DomainEvent[],
  ) {
    const metadata = because;
    return this.log.append({ streams: [{ owner, stream, expectedVersion, events }], metadata });
  }
}

export interface WorkerOfSchedules {
  readonly schedules: Schedules;
  readonly follower: FleetFollower;
}

/** Lets a worker settle all that has come. */
export async function settleAll({ schedules, follower }: WorkerOfSchedules): Promise<void> {
  await follower.catchUp();
  for (let steps = 0; steps < 100 && (await schedules.step()); steps += 1);
}
