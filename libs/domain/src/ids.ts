import type { TimeMs } from './event.js';

/** Ids are opaque to callers: a prefix that names the kind, and a UUIDv7 without dashes. */
export type TenantId = `ten_${string}`;
export type CredentialId = `cred_${string}`;
export type WorkloadId = `wl_${string}`;
export type BatchId = `bat_${string}`;
export type ScheduleId = `sch_${string}`;
export type HostId = `host_${string}`;
export type KernelInstanceId = `ki_${string}`;
export type ComputeSystemId = `cs_${string}`;
/** A booted utility VM that was saved before any tenant code ran in it. */
export type TemplateId = `tpl_${string}`;
/** An image's id is derived from its reference (ADR 0004), so one reference is always one stream. */
export type ImageId = `img_${string}`;
export type AdvisoryId = `adv_${string}`;
export type IncidentId = `inc_${string}`;
export type WebhookId = `whk_${string}`;

/** One policy stream and one placer stream for each installation: it runs one fleet. */
export type PolicyStream = 'policy';
export type PlacerStream = 'placer';
/** Moves on with every change of any advisory, for those who guard all of them. */
export type AdvisoryBoardStream = 'advisories';
/** What operators did to one consumer of the log, which is named by its checkpoint. */
export type ConsumerStream = `consumer_${string}`;

/** What operators asked of one projection, which is named by its table. */
export type ProjectionStream = `projection_${string}`;

/** What operators did to one queue of jobs. */
export type QueueStream = `queue_${string}`;

/** A stream is named by the id of the aggregate whose history it is. */
export type StreamId =
  | TenantId
  | CredentialId
  | WorkloadId
  | BatchId
  | ScheduleId
  | HostId
  | KernelInstanceId
  | TemplateId
  | ImageId
  | AdvisoryId
  | IncidentId
  | WebhookId
  | PolicyStream
  | PlacerStream
  | AdvisoryBoardStream
  | ConsumerStream
  | ProjectionStream
  | QueueStream;

export type IdPrefix =
  | 'ten'
  | 'cred'
  | 'wl'
  | 'bat'
  | 'sch'
  | 'host'
  | 'ki'
  | 'cs'
  | 'tpl'
  | 'img'
  | 'adv'
  | 'inc'
  | 'whk';

/** `prefixedId('wl', '01890f3e-…')` is `wl_01890f3e…`; the UUID comes from the caller. */
export function prefixedId<P extends IdPrefix>(prefix: P, uuid: string): `${P}_${string}` {
  return `${prefix}_${uuid.replaceAll('-', '')}`;
}

/** True for `prefix` + `_` + 32 lower-case hex digits, the only form that ids have. */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is `${P}_${string}` {
  return text.startsWith(`${prefix}_`) && /^[0-9a-f]{32}$/.test(text.slice(prefix.length + 1));
}

/**
 * The workload of a batch's task: the first 24 digits of the batch's id and the index as 8 hex digits,
 * so that creating it twice meets the same stream.
 */
export function taskWorkloadId(batchId: BatchId, index: number): WorkloadId {
  const digits = batchId.slice('bat_'.length, 'bat_'.length + 24);
  return `wl_${digits}${index.toString(16).padStart(8, '0')}`;
}

const MS_PER_SECOND = 1_000;

/**
 * The batch that a schedule fires for a planned time, so that firing it twice meets the same stream. Its
 * first 12 digits are the planned time, as in a UUIDv7, so that it is sorted among other batches; 8 is the
 * version of UUIDs that are made in their own way. Ids of tasks keep the first 24 digits, and many schedules
 * are planned for the same second, so its milliseconds tell them apart too.
 */
export function scheduledBatchId(scheduleId: ScheduleId, plannedAtMs: TimeMs): BatchId {
  const digits = scheduleId.slice('sch_'.length);
  const millisecond = Number.parseInt(digits.slice(16, 21), 16) % MS_PER_SECOND;
  const second = Math.floor(plannedAtMs / MS_PER_SECOND) * MS_PER_SECOND;
  const time = (second + millisecond).toString(16).padStart(12, '0');
  return `bat_${time}8${digits.slice(21)}${digits.slice(0, 8)}`;
}
