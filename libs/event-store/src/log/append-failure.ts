import pg from 'pg';
import { type PostgresTrouble, troubleOf, wasNeverSent } from '../postgres-trouble.js';
import { AppendOutcomeUnknown, LogUnavailable } from './event-log.js';

/** What a failed append is to its callers, and whether its connection may serve anybody again. */
export interface AppendFailure {
  readonly error: unknown;
  readonly unusable: boolean;
}

/** A session that goes on after an error has rolled its transaction back; the others have ended. */
const ROLLED_BACK = 'ERROR';
const ENDED: ReadonlySet<string> = new Set(['FATAL', 'PANIC']);

/** No connection, so nothing was sent and nothing was recorded. */
export function connectFailure(error: unknown): LogUnavailable {
  return unavailable(troubleOf(error) ?? 'unreachable', error);
}

/**
 * Judges an append that failed after its connection was had. Where Postgres refused it and the session
 * lives on, nothing was recorded; where the session ended, it may have ended after the commit.
 */
export async function appendFailure(
  error: unknown,
  client: Pick<pg.ClientBase, 'query'>,
): Promise<AppendFailure> {
  if (wasNeverSent(error)) return { error: unavailable('unreachable', error), unusable: true };
  if (!(error instanceof pg.DatabaseError) || !(await livesOn(error, client))) {
    const message = 'the connection was lost before the append was answered';
    return { error: new AppendOutcomeUnknown(message, { cause: error }), unusable: true };
  }
  const trouble = troubleOf(error);
  if (trouble === null) return { error, unusable: false };
  // After a failover the address may lead elsewhere, which only a new connection can find out.
  return { error: unavailable(trouble, error), unusable: trouble === 'read-only' };
}

/** A server that speaks another language has other words for severities: then the session is asked. */
async function livesOn(
  { severity = '' }: pg.DatabaseError,
  client: Pick<pg.ClientBase, 'query'>,
): Promise<boolean> {
  if (severity === ROLLED_BACK) return true;
  if (ENDED.has(severity)) return false;
  return client.query('SELECT 1').then(
    () => true,
    () => false,
  );
}

function unavailable(trouble: PostgresTrouble, cause: unknown): LogUnavailable {
  return new LogUnavailable(trouble, { cause });
}
