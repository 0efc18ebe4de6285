import type { Event, TimeMs } from '../event.js';
import type { BatchId, ScheduleId, TenantId } from '../ids.js';
import type { WorkloadRequest } from '../workload/request.js';

/** What happens at a planned time while a batch that was fired before has not ended. */
export type ScheduleOverlap = 'allow' | 'skip' | 'replace';

/** When a schedule fires. The domain never reads the expression: planned times reach it as data. */
export interface ScheduleTiming {
  /** Five fields, or a name such as `@daily`. */
  readonly cron: string;
  /** IANA name of the time zone in whose wall-clock time the expression is meant. */
  readonly timeZone: string;
  readonly overlap: ScheduleOverlap;
  /** Planned times that came while nobody could fire them, and that are made up for: the newest ones. */
  readonly catchUpLimit: number;
}

/** Where content lies beside the log, and SHA-256 (hex) of its salt and canonical JSON. */
export interface ContentReference {
  readonly part: number;
  readonly sha256: string;
}

/** What a task asks for; its content is sealed anew for every batch that is fired. */
export type ScheduledTask = Omit<WorkloadRequest, 'contentSha256' | 'hasContent'>;

/** The batch that is fired, again and again. */
export interface ScheduledBatch {
  /** One for each task; where there is a `count`, the only one stands for all of them. */
  readonly tasks: readonly ScheduledTask[];
  /** That many tasks, which differ in their index. */
  readonly count: number | null;
  readonly maxParallel: number | null;
  readonly maxFailures: number | null;
  /** From its firing to its deadline; left out where it has none. */
  readonly deadlineSeconds?: number;
  readonly content: ContentReference;
}

export type ScheduleCreated = Event<
  'ScheduleCreated',
  1,
  {
    scheduleId: ScheduleId;
    tenantId: TenantId;
    timing: ScheduleTiming;
    name: ContentReference;
    batch: ScheduledBatch;
  }
>;
/** From now on it is so; null is as before. */
export type ScheduleChanged = Event<
  'ScheduleChanged',
  1,
  { timing: ScheduleTiming; name: ContentReference | null; batch: ScheduledBatch | null }
>;
/** What is planned for the time until it is resumed is never fired. */
export type SchedulePaused = Event<'SchedulePaused', 1, { reason: string | null }>;
export type ScheduleResumed = Event<'ScheduleResumed', 1, { reason: string | null }>;
export type ScheduleDeleted = Event<'ScheduleDeleted', 1, { reason: string | null }>;

/** Planned times that nobody could fire when they came, and that are not made up for. */
export interface MissedTimes {
  /** Null where they were more than anybody counted. */
  readonly count: number | null;
  readonly firstAtMs: TimeMs;
  readonly lastAtMs: TimeMs;
}
export type ScheduleTimesMissed = Event<'ScheduleTimesMissed', 1, MissedTimes>;

/** The batch is recorded in the same append, after it. */
export type ScheduleFired = Event<
  'ScheduleFired',
  1,
  {
    plannedAtMs: TimeMs;
    batchId: BatchId;
    /** Batches that were fired before and had not ended: they are to be cancelled. */
    replaces: readonly BatchId[];
  }
>;

/** `quota`: a limit of the tenant. `content-erased`: what the tasks would run is gone. */
export type SkipCause = 'overlap' | 'tenant-suspended' | 'quota' | 'content-erased' | 'id-taken';
export type ScheduleSkipped = Event<
  'ScheduleSkipped',
  1,
  {
    plannedAtMs: TimeMs;
    cause: SkipCause;
    detail: string;
    /** The newest of the earlier batches that had not ended, where that is the cause. */
    openBatchId: BatchId | null;
  }
>;

export type ScheduleEvent =
  | ScheduleCreated
  | ScheduleChanged
  | SchedulePaused
  | ScheduleResumed
  | ScheduleTimesMissed
  | ScheduleFired
  | ScheduleSkipped
  | ScheduleDeleted;
