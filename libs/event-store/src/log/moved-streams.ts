import type { StreamId } from '@bulkhead/domain';
import type pg from 'pg';
import { LOG_TYPES } from './recorded-row.js';

/** A stream, and the version up to which somebody knows it. */
export interface StreamAt {
  readonly stream: StreamId;
  readonly version: number;
}

const MOVED_STREAMS = 'SELECT log.moved_streams($1, $2)';

/** Which of these streams have events that are not known yet; in one round trip, whoever they belong to. */
export async function movedStreams<S extends StreamAt>(
  pool: pg.Pool,
  asked: readonly S[],
): Promise<readonly S[]> {
  if (asked.length === 0) return [];
  const { rows } = await pool.query<[number]>({
    name: 'log-moved-streams',
    text: MOVED_STREAMS,
    values: [asked.map(({ stream }) => stream), asked.map(({ version }) => version)],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows.flatMap(([nr]) => asked[nr - 1] ?? []);
}
