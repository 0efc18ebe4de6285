import type { DomainEvent, RecordedEvent, StreamId, TenantId, TimeMs } from '@bulkhead/domain';
import type pg from 'pg';
import { checkedLimit } from './event-log.js';
import { EVENT_COLUMNS, type EventRow, LOG_TYPES, recordedEvent } from './recorded-row.js';

/** What an auditor asks for. Fields that are absent do not narrow the answer. */
export interface AuditFilter {
  readonly tenant?: TenantId;
  readonly stream?: StreamId;
  readonly type?: DomainEvent['type'];
  readonly actorId?: string;
  /** Recorded at this time or later, and before the other one. */
  readonly fromMs?: TimeMs;
  readonly beforeMs?: TimeMs;
  readonly afterPosition?: number;
  readonly limit: number;
}

/** Times become positions, by binary search, because the log is ordered by both and indexed by one. */
const positionBefore = (parameter: string) =>
  `log.position_at(to_timestamp((${parameter}::bigint - 1) / 1000.0::float8))`;

const CONDITIONS: readonly [keyof AuditFilter, (parameter: string) => string][] = [
  ['tenant', (p) => `tenant = ${p}`],
  ['stream', (p) => `stream = ${p}`],
  ['type', (p) => `type = ${p}`],
  ['actorId', (p) => `metadata #>> '{actor,id}' = ${p}`],
  ['fromMs', (p) => `position > (SELECT ${positionBefore(p)})`],
  ['beforeMs', (p) => `position <= (SELECT ${positionBefore(p)})`],
  ['afterPosition', (p) => `position > ${p}`],
];

/** Events of any tenant that match, in the order of the log: for audit only. */
export async function readAudit(
  pool: pg.Pool,
  filter: AuditFilter,
): Promise<readonly RecordedEvent[]> {
  const values: unknown[] = [checkedLimit(filter.limit)];
  const conditions: string[] = [];
  for (const [field, condition] of CONDITIONS) {
    if (filter[field] === undefined) continue;
    values.push(filter[field]);
    conditions.push(condition(`$${values.length}`));
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const { rows } = await pool.query<EventRow>({
    text: `SELECT ${EVENT_COLUMNS} FROM log.events ${where} ORDER BY position LIMIT $1`,
    values,
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows.map((row) => recordedEvent(row));
}
