import type pg from 'pg';
import { LOG_TYPES } from './recorded-row.js';

/** The function belongs to the log's owner: nobody else may delete from the table, and it only what is old. */
const SWEEP_ANSWERS = 'SELECT log.sweep_answers($1)';

/**
 * Forgets stored answers that are older than 24 hours, at most `atMost` of them (and 10,000); how many
 * they were. For the worker's role.
 */
export async function sweepAnswers(pool: pg.Pool, atMost: number): Promise<number> {
  const { rows } = await pool.query<[number]>({
    name: 'log-sweep-answers',
    text: SWEEP_ANSWERS,
    values: [atMost],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows[0]?.[0] ?? 0;
}
