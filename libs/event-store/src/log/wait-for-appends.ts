import type pg from 'pg';
import { APPEND_LOCK } from '../migrations/append-alone.sql.js';
import { connectFailure } from './append-failure.js';

/**
 * Whoever waits for an advisory lock stands in a queue, and who shares it stands behind those before him who
 * do not. It is given back with the statement.
 */
const TAKE_TURN = `SELECT pg_advisory_xact_lock_shared(${APPEND_LOCK})`;

/**
 * Waits until each append that Postgres had begun with has ended: it goes on with the statement of a process
 * that was killed, or whose connection was cut, for as long as statements may take.
 * @throws LogUnavailable where Postgres did not get to it
 */
export async function waitForAppends(pool: pg.Pool): Promise<void> {
  await pool.query({ name: 'log-wait-for-appends', text: TAKE_TURN }).catch((error: unknown) => {
    throw connectFailure(error);
  });
}
