export * from './log/event-log.js';
export * from './log/execute-command.js';
export { KNOWN_EVENTS } from './log/known-events.js';
export { LOG_CHANNEL } from './log/log-notifier.js';
export { PostgresLog, type PostgresLogOptions } from './log/postgres-log.js';
export { assertSafeRole, UnsafeRole } from './migrations/assert-safe-role.js';
export { type Migration, migrate } from './migrations/migrate.js';
export type { RoleUrls } from './migrations/roles.js';
export { openPool, type PoolOptions } from './pool.js';
