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
  `(SELECT log.position_at(to_timestamp((${parameter}::bigint - 1) / 1000.0::float8)))`;

type Indexed = readonly [field: keyof AuditFilter, expression: string];

const ACTOR: Indexed = ['actorId', `((metadata #>> '{actor,id}') COLLATE "C")`];
const TENANT: Indexed = ['tenant', 'tenant'];
const TYPE: Indexed = ['type', 'type'];

/**
 * What an index has before the position: rows of one value stand there in the order of the log. First
 * comes what most likely has fewest rows: who logs in does less than a tenant has, a component does most.
 */
const indexed = ({ actorId }: AuditFilter): readonly Indexed[] =>
  actorId?.startsWith('cred_') ? [ACTOR, TENANT, TYPE] : [TENANT, TYPE, ACTOR];

const LAST_POSITION = `'${Number.MAX_SAFE_INTEGER}'::bigint`;

/**
 * Events of any tenant that match, in the order of the log: for audit only. However long the log is and
 * however its values are spread, a page by one filter costs as many rows as it has. Further filters are
 * applied to the rows of the first, as they come.
 */
export async function readAudit(
  pool: pg.Pool,
  filter: AuditFilter,
): Promise<readonly RecordedEvent[]> {
  const { text, values } = auditQuery(filter);
  const { rows } = await pool.query<EventRow>({ text, values, rowMode: 'array', types: LOG_TYPES });
  return rows.map((row) => recordedEvent(row));
}

/**
 * With one filter the planner is left no choice of an index. Given `tenant = $2 ORDER BY position LIMIT 100`, it may walk
 * through the whole log in order and hope to meet the tenant soon, which a tenant that came late turns
 * into a scan of everything. An order by value and position is what only that value's index has, and
 * comparing both together begins and ends the walk at the right places.
 */
export function auditQuery(filter: AuditFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [checkedLimit(filter.limit)];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const after = `${bind(filter.afterPosition ?? 0)}::bigint`;
  const { fromMs, beforeMs, stream } = filter;
  const low = fromMs === undefined ? after : `greatest(${after}, ${positionBefore(bind(fromMs))})`;
  const high = beforeMs === undefined ? LAST_POSITION : positionBefore(bind(beforeMs));
  const conditions = [`position > ${low}`, `position <= ${high}`];
  let order = 'position';
  if (stream !== undefined) {
    conditions.push(`stream = ${bind(stream)}`);
    order = 'version';
  }
  for (const [field, expression] of indexed(filter)) {
    if (filter[field] === undefined) continue;
    const value = `${bind(filter[field])}::text`;
    if (order !== 'position') {
      conditions.push(`${expression} = ${value}`);
      continue;
    }
    order = `${expression}, position`;
    conditions.splice(
      0,
      conditions.length,
      `(${order}) > (${value}, ${low})`,
      `(${order}) <= (${value}, ${high})`,
    );
  }
  const where = conditions.join(' AND ');
  return {
    text: `SELECT ${EVENT_COLUMNS} FROM log.events WHERE ${where} ORDER BY ${order} LIMIT $1`,
    values,
  };
}
