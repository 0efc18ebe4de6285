import { AppendOutcomeUnknown, LogOverloaded, LogUnavailable } from '../log/event-log.js';
import { troubleOf } from '../postgres-trouble.js';

/**
 * Whether an error says that Postgres is not well (away, read-only, full, too busy), rather than that it
 * refused something: that passes, however long it takes, and is nobody's fault but the server's.
 */
export function isConnectionLoss(error: unknown): boolean {
  return (
    troubleOf(error) !== null ||
    error instanceof LogUnavailable ||
    error instanceof LogOverloaded ||
    error instanceof AppendOutcomeUnknown
  );
}
