import type { TenantId } from '@bulkhead/domain';
import type pg from 'pg';
import type { OpenWorkShown } from './open-kinds.js';

type Row = Readonly<
  Record<'workloads' | 'workloads_shown' | 'batches' | 'batches_shown' | 'head', string>
>;

/** How much work of a tenant is open, as far as the read models show it: two rows, whatever it has. */
export async function readOpenWork(pool: pg.Pool, tenantId: TenantId): Promise<OpenWorkShown> {
  const { rows } = await pool.query<Row>({
    name: 'limits-open-of',
    text: 'SELECT * FROM limits.open_of($1)',
    values: [tenantId],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('limits.open_of gave no answer');
  return {
    workloads: { open: Number(row.workloads), position: Number(row.workloads_shown) },
    batches: { open: Number(row.batches), position: Number(row.batches_shown) },
    head: Number(row.head),
  };
}
