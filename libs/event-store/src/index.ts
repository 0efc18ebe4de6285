export { connectionProblem } from './connection-problem.js';
export { CheckpointRefused, loadCheckpoint } from './consumers/checkpoint.js';
export { Consumer } from './consumers/consumer.js';
export {
  type ConsumerLogger,
  type ConsumerOptions,
  ConsumerStopped,
  ConsumerWaits,
  EffectUnavailable,
} from './consumers/consumer-options.js';
export {
  LEASE_RENEW_MS,
  LEASE_TTL_MS,
  type Lease,
  Leases,
  type LeasesOptions,
} from './consumers/lease.js';
export { type ConsumerRow, listConsumers } from './consumers/list-consumers.js';
export { LogListener } from './consumers/log-listener.js';
export { TreeStops } from './consumers/tree-stops.js';
export * from './content/content-parts.js';
export * from './content/seal-content.js';
export * from './content/seal-tasks.js';
export * from './credentials/proven-credential.js';
export * from './credentials/shown-client.js';
export * from './limits/open-kinds.js';
export * from './limits/open-work.js';
export { readOpenWork } from './limits/read-open-work.js';
export * from './limits/schedule-limit.js';
export * from './limits/submission-limits.js';
export { AlteredContent } from './log/altered-content.js';
export { canonicalJson } from './log/canonical-json.js';
export * from './log/event-log.js';
export * from './log/execute-command.js';
export * from './log/image-stream.js';
export { KNOWN_EVENTS, KnownEvents, knownEvents } from './log/known-events.js';
export { LOG_CHANNEL } from './log/log-notifier.js';
export * from './log/look-on.js';
export { movedStreams, type StreamAt } from './log/moved-streams.js';
export { PostgresLog, type PostgresLogOptions } from './log/postgres-log.js';
export { type AuditFilter, readAudit } from './log/read-audit.js';
export { type LogMoment, readStateAt, type StateAt, streamUpTo } from './log/read-state-at.js';
export {
  type AskedPages,
  PAGE_EVENTS_MAX,
  readStreamPages,
  type StreamPage,
} from './log/read-stream-pages.js';
export * from './log/stream-state.js';
export { sweepAnswers } from './log/sweep-answers.js';
export { turnsOfProcess } from './log/turns.js';
export { UnreadableStoredEvent } from './log/unreadable-event.js';
export { assertSafeRole, UnsafeRole } from './migrations/assert-safe-role.js';
export { type Migration, migrate } from './migrations/migrate.js';
export type { RoleUrls } from './migrations/roles.js';
export * from './output/output-store.js';
export { PostgresOutput } from './output/postgres-output.js';
export * from './output/read-output.js';
export { openPool, type PoolOptions } from './pool.js';
export { type PostgresTrouble, troubleOf } from './postgres-trouble.js';
export {
  type BatchTotals,
  EXIT_CODES_MAX,
  readBatchTotals,
  type Spread,
} from './projections/batch-totals.js';
export { type BatchFilter, type ListedBatch, listBatches } from './projections/batches.js';
export {
  type CredentialRow,
  type CredentialStatus,
  listCredentials,
} from './projections/credentials.js';
export {
  consumerOf,
  ensureCheckpoint,
  type Generation,
  generationIn,
  holdGeneration,
  NEVER_ANEW,
  readGenerations,
} from './projections/generations.js';
export { type HostRow, listHosts } from './projections/hosts.js';
export {
  KEPT_STATES,
  openReadModels,
  PROJECTIONS,
  type ReadModelsOptions,
} from './projections/open-read-models.js';
export type { Page } from './projections/page.js';
export { type ProjectionProgress, readProgress } from './projections/progress.js';
export type { Projection } from './projections/read-model.js';
export { rebuildStep, rebuildWhereNeeded, swap, sweep } from './projections/rebuild.js';
export {
  type ListedSchedule,
  listSchedules,
  type ScheduleFilter,
} from './projections/schedules.js';
export { listTenants, type TenantRow } from './projections/tenants.js';
export {
  HOLDING_STATUSES,
  type Label,
  listWorkloads,
  readWorkloads,
  type WorkloadFilter,
  type WorkloadRow,
} from './projections/workloads.js';
export {
  type FailedJob,
  type QueueDatastoreName,
  type QueueSummary,
  type ToldQueue,
  ToldQueues,
} from './queues/told-queues.js';
export * from './slices/slices.js';
export * from './tree/index.js';
export { uuidSource } from './uuid-source.js';
export {
  discardSecret,
  type KeptSecret,
  keepSecret,
  type SecretKept,
  UNUSED_SECRETS_MAX,
} from './webhooks/keep-secret.js';
export {
  makeMessages,
  WEBHOOKS_CONSUMER,
  webhooksConsumerTypes,
} from './webhooks/make-messages.js';
export { messageIdOf, TEST_MESSAGE } from './webhooks/message-of-event.js';
export * from './webhooks/message-store.js';
export { PostgresMessages } from './webhooks/postgres-messages.js';
export * from './webhooks/read-webhooks.js';
export * from './webhooks/secret-box.js';
