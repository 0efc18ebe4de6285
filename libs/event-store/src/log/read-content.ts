import type { TenantId } from '@bulkhead/domain';
import type pg from 'pg';
import { withinScope } from '../row-scope.js';
import { AlteredContent, contentHash } from './altered-content.js';
import type { ContentPart } from './event-log.js';
import { LOG_TYPES } from './recorded-row.js';

/** Filtered at the top, so the scope is set before the first row is looked at. */
const READ_CONTENTS = `
  SELECT kept.body, kept.salt_hex
    FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS asked (stream, part, nr)
    LEFT JOIN log.contents kept
      ON kept.stream = asked.stream AND kept.part = asked.part AND kept.tenant = $3
   WHERE ${withinScope('$3')}
   ORDER BY asked.nr`;

/**
 * Parts of a tenant's content in one round trip, in the order asked for; null where a part was erased, never
 * was, or is someone else's.
 */
export async function readContents(
  pool: pg.Pool,
  tenant: TenantId,
  parts: readonly ContentPart[],
): Promise<readonly unknown[]> {
  if (parts.length === 0) return [];
  const { rows } = await pool.query<Row>({
    name: 'log-read-contents',
    text: READ_CONTENTS,
    values: [parts.map(({ stream }) => stream), parts.map(({ part }) => part), tenant],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows.map((row, nr) => bodyOf(parts[nr] as ContentPart, row));
}

type Row = [body: string | null, saltHex: string];

function bodyOf({ stream, part, sha256 }: ContentPart, [body, saltHex]: Row): unknown {
  if (body === null) return null;
  const isAltered = sha256 !== undefined && contentHash(saltHex, body) !== sha256;
  return isAltered ? new AlteredContent(stream, part) : JSON.parse(body);
}
