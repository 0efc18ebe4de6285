import {
  type BatchEvent,
  type BatchId,
  batchBeyondQuota,
  batchDecider,
  batchWaitingMax,
  type Hindrance,
  type ScheduledBatch,
  type TaskContent,
  type TenantState,
  type TimeMs,
  type WorkloadRequest,
  withIndex,
} from '@bulkhead/domain';
import {
  type Admission,
  type Admitted,
  type ContentRow,
  type EventLog,
  type NextTurn,
  type OpenWork,
  type RandomBytes,
  type Room,
  type SealedFacts,
  sealTasks,
  TooMuchOpenWork,
} from '@bulkhead/event-store';
import type { KnownSchedule } from './schedule-book.js';

/** The variable that tells a task the planned time of the run that it belongs to. */
export const PLANNED_AT_VARIABLE = 'BULKHEAD_PLANNED_AT';

const MS_PER_SECOND = 1_000;

export interface FiredBatchParts {
  readonly log: Pick<EventLog, 'readContent'>;
  readonly randomBytes: RandomBytes;
  /** Between the slices in which large batches are sealed. */
  readonly nextTurn: NextTurn;
  /** Counts what is fired against the tenant's limits, as every submission is. */
  readonly admit: (asked: Admission) => Promise<Admitted>;
  /** Bounds what its tenant has open, as for every submission. */
  readonly openWork: OpenWork;
}

export interface Firing {
  readonly batchId: BatchId;
  readonly plannedAtMs: TimeMs;
  readonly nowMs: TimeMs;
  /** For its tasks; whoever asks for the batch settles it. */
  readonly room: Room;
}

/** The events of the batch's own stream and what is kept beside them, or what forbids it. */
export type FiredBatch =
  | {
      readonly hindrance: null;
      readonly events: readonly BatchEvent[];
      readonly contents: readonly ContentRow[];
    }
  | { readonly hindrance: Hindrance };

/** What the content of a schedule's batch holds: its name and of each task what no decision reads. */
interface StoredBatch {
  readonly name: string;
  readonly tasks: readonly TaskContent[];
}

/** Makes the batches that schedules fire, judged by the tenant's quota and limits as it is now. */
export class FiredBatches {
  /** Counted already, so that a try after a conflict is not counted again. */
  private readonly counted = new Set<BatchId>();

  constructor(private readonly parts: FiredBatchParts) {}

  async make(schedule: KnownSchedule, tenant: TenantState, firing: Firing): Promise<FiredBatch> {
    const { scheduleId, tenantId, state } = schedule;
    const { batch } = state;
    if (batch === null) throw new Error('an active schedule has no batch');
    if (tenant.suspension !== null) {
      return hindered('tenant-suspended', 'The tenant is suspended.');
    }
    const stored = await this.parts.log.readContent(tenantId, scheduleId, batch.content.part);
    if (stored === null) return hindered('content-erased', 'What the tasks run was erased.');
    const { name, tasks: contents } = stored as StoredBatch;
    const requests = requestsOf(batch);
    const beyond = batchBeyondQuota(requests, tenant.quota);
    if (beyond !== null) return beyondLimit(beyond.quota, beyond.limit, beyond.use);
    const tooMuch = await takeRoom(firing.room, requests.length);
    if (tooMuch !== null) return tooMuch;
    const refused = await this.count(schedule, tenant, requests.length, firing.batchId);
    if (refused !== null) return refused;
    const contentOf = (index: number) => contents[batch.count === null ? index : 0] ?? {};
    return this.recorded(schedule, batch, firing, name, requests, contentOf);
  }

  /** Forgets what was counted once it is recorded, or never will be. */
  settled(batchId: BatchId): void {
    this.counted.delete(batchId);
  }

  private async count(
    { tenantId, state }: KnownSchedule,
    { quota }: TenantState,
    tasks: number,
    batchId: BatchId,
  ): Promise<FiredBatch | null> {
    const { submissionsPerMinute: perMinute, pendingWorkloads: pendingMax } = quota;
    if (this.counted.has(batchId) || (perMinute === null && pendingMax === null)) return null;
    const workloads = batchWaitingMax(tasks, state.batch?.maxParallel ?? null);
    const asked = { tenantId, stream: batchId, workloads, perMinute, pendingMax };
    const { refused, submissions, pending } = await this.parts.admit(asked);
    if (refused === 'submissionsPerMinute') {
      return beyondLimit(refused, perMinute ?? 0, submissions + 1);
    }
    if (refused !== null) return beyondLimit(refused, pendingMax ?? 0, (pending ?? 0) + workloads);
    this.counted.add(batchId);
    return null;
  }

  private async recorded(
    { tenantId }: KnownSchedule,
    { maxParallel, maxFailures, deadlineSeconds }: ScheduledBatch,
    { batchId, plannedAtMs, nowMs }: Firing,
    name: string,
    requests: readonly Omit<WorkloadRequest, 'contentSha256'>[],
    contentOf: (index: number) => TaskContent,
  ): Promise<FiredBatch> {
    const { randomBytes, nextTurn } = this.parts;
    const told = { [PLANNED_AT_VARIABLE]: new Date(plannedAtMs).toISOString() };
    const content = (index: number) => withIndex(contentOf(index), index, told);
    const batch = { tenantId, batchId, name: { name }, count: requests.length, contentOf: content };
    const sealed = await sealTasks(batch, randomBytes, nextTurn);
    const tasks = requests.map((request, index) => ({
      ...request,
      ...(sealed.facts[index] as SealedFacts),
    }));
    const deadlineAtMs =
      deadlineSeconds === undefined ? null : nowMs + deadlineSeconds * MS_PER_SECOND;
    const contentSha256 = sealed.nameSha256;
    const limits = { maxParallel, maxFailures, deadlineAtMs, contentSha256 };
    const submitted = { kind: 'submit-batch', batchId, tenantId, tasks, ...limits } as const;
    const decided = batchDecider.decide({ ...submitted, nowMs }, batchDecider.initialState);
    if (!decided.accepted) throw new Error('a new batch was refused');
    return { hindrance: null, events: decided.events, contents: sealed.rows };
  }
}

function requestsOf({ tasks, count }: ScheduledBatch): ScheduledBatch['tasks'] {
  const [task] = tasks;
  if (count === null || task === undefined) return tasks;
  return Array.from({ length: count }, () => task);
}

async function takeRoom(room: Room, tasks: number): Promise<FiredBatch | null> {
  try {
    await room.take(tasks);
    return null;
  } catch (error) {
    if (!(error instanceof TooMuchOpenWork)) throw error;
    return beyondLimit('openWorkloads', error.max, error.open + error.asked);
  }
}

function hindered(cause: Hindrance['cause'], detail: string): FiredBatch {
  return { hindrance: { cause, detail } };
}

function beyondLimit(quota: string, limit: number, use: number): FiredBatch {
  return hindered('quota', `This needs ${use} ${quota}, and the quota is ${limit}.`);
}
