import { AppendOutcomeUnknown, LogOverloaded, LogUnavailable } from '../log/event-log.js';
import { troubleOf } from '../postgres-trouble.js';
import { EffectUnavailable } from './consumer-options.js';

/**
 * Whether an error says that Postgres, or what an effect needs beside it, is not well (away, read-only,
 * full, too busy), rather than that it refused something: that passes, however long it takes, and is
 * nobody's fault but the server's.
 */
export function isConnectionLoss(error: unknown): boolean {
  return (
    troubleOf(error) !== null ||
    error instanceof LogUnavailable ||
    error instanceof LogOverloaded ||
    error instanceof AppendOutcomeUnknown ||
    error instanceof EffectUnavailable
  );
}
