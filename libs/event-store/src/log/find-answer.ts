import type pg from 'pg';
import { withinScope } from '../row-scope.js';
import { answerDigest } from './answer-digest.js';
import type { IdempotentAnswer } from './event-log.js';
import { LOG_TYPES } from './recorded-row.js';

const FIND_ANSWER = `
  SELECT request_sha256, status, body FROM log.idempotent_answers
   WHERE ${withinScope('$1')} AND scope = $1 AND digest = $2
     AND answered_at > clock_timestamp() - interval '24 hours'`;

/** The answer stored for a key, unless it is older than 24 h. */
export async function findAnswer(
  pool: pg.Pool,
  scope: string,
  route: string,
  key: string,
): Promise<IdempotentAnswer | null> {
  const { rows } = await pool.query<[string, number, string]>({
    name: 'log-find-answer',
    text: FIND_ANSWER,
    values: [scope, answerDigest(scope, route, key)],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  const row = rows[0];
  if (row === undefined) return null;
  const [requestSha256, status, body] = row;
  return { scope, route, key, requestSha256, status, body: JSON.parse(body) };
}
