export { CheckpointRefused, loadCheckpoint } from './consumers/checkpoint.js';
export { Consumer } from './consumers/consumer.js';
export {
  type ConsumerLogger,
  type ConsumerOptions,
  ConsumerStopped,
} from './consumers/consumer-options.js';
export {
  LEASE_RENEW_MS,
  LEASE_TTL_MS,
  type Lease,
  Leases,
  type LeasesOptions,
} from './consumers/lease.js';
export { LogListener } from './consumers/log-listener.js';
export * from './log/event-log.js';
export * from './log/execute-command.js';
export { KNOWN_EVENTS } from './log/known-events.js';
export { LOG_CHANNEL } from './log/log-notifier.js';
export { PostgresLog, type PostgresLogOptions } from './log/postgres-log.js';
export { assertSafeRole, UnsafeRole } from './migrations/assert-safe-role.js';
export { type Migration, migrate } from './migrations/migrate.js';
export type { RoleUrls } from './migrations/roles.js';
export { openPool, type PoolOptions } from './pool.js';
