import type { StreamId, TenantId } from '@bulkhead/domain';
import type pg from 'pg';
import { withinScope } from '../row-scope.js';
import { LOG_TYPES } from './recorded-row.js';

const READ_CONTENT = `
  SELECT body FROM log.contents
   WHERE ${withinScope('$3')} AND stream = $1 AND part = $2 AND tenant = $3`;

/** A tenant's content beside a stream; null where it was erased, never was, or is someone else's. */
export async function readContent(
  pool: pg.Pool,
  tenant: TenantId,
  stream: StreamId,
  part: number,
): Promise<unknown> {
  const { rows } = await pool.query<[string]>({
    name: 'log-read-content',
    text: READ_CONTENT,
    values: [stream, part, tenant],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows[0] === undefined ? null : JSON.parse(rows[0][0]);
}
