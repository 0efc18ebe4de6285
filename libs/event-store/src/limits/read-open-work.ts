import type { TenantId } from '@bulkhead/domain';
import type pg from 'pg';
import type { OpenWorkShown } from './open-work.js';

/** How much work of a tenant is open, as far as the read models show it: two rows, whatever it has. */
export async function readOpenWork(pool: pg.Pool, tenantId: TenantId): Promise<OpenWorkShown> {
  const { rows } = await pool.query<{ workloads: string; shown: string }>({
    name: 'limits-open-of',
    text: 'SELECT * FROM limits.open_of($1)',
    values: [tenantId],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('limits.open_of gave no answer');
  return { workloads: Number(row.workloads), position: Number(row.shown) };
}
