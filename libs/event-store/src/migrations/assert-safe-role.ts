import type pg from 'pg';
import { OWNER_ROLE } from './roles.js';

interface RoleFacts {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypassrls: boolean;
  readonly createrole: boolean;
  readonly owner: boolean;
  readonly writer: boolean;
}

/** A process connected as a role that could rewrite the log. */
export class UnsafeRole extends Error {
  override readonly name = 'UnsafeRole';
}

/**
 * Refuses to go on as a role that could do more than an application role may: a superuser, a member of
 * the log's owner, or one that bypasses row security, creates roles or writes the log past its function,
 * which a role that came with Postgres, such as pg_write_all_data, would let it do.
 * @throws UnsafeRole with every reason
 */
export async function assertSafeRole(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<RoleFacts>(
    `SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolbypassrls AS bypassrls,
            r.rolcreaterole AS createrole,
            EXISTS (SELECT 1 FROM pg_roles o
                     WHERE o.rolname = $1 AND pg_has_role(r.oid, o.oid, 'MEMBER')) AS owner,
            EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                     WHERE n.nspname = 'log' AND c.relkind = 'r'
                       AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')) AS writer
       FROM pg_roles r WHERE r.rolname = session_user`,
    [OWNER_ROLE],
  );
  const role = rows[0];
  if (role === undefined) throw new UnsafeRole('the database does not say which role this is');
  const reasons = [
    role.superuser && 'is a superuser',
    role.bypassrls && 'bypasses row security',
    role.createrole && 'may create roles',
    role.owner && `is a member of ${OWNER_ROLE}`,
    role.writer && 'may write the log past its function',
  ].filter((reason) => reason !== false);
  if (reasons.length > 0) {
    throw new UnsafeRole(
      `refusing to run as database role ${role.name}: it ${reasons.join(', and it ')}`,
    );
  }
}
