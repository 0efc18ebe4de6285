/**
 * Whose rows a transaction of the api may see: a tenant's id, `operator` for the read models of all
 * tenants, or nothing for the platform's own rows. Policies compare rows with it, see `row-security.ts`.
 */
export const SCOPE_SETTING = 'bulkhead.scope';

/** For operators' lists, which show every tenant. */
export const OPERATOR_SCOPE = 'operator';

/**
 * A condition for a query's WHERE that sets its transaction's scope and is always true. A sub-select that
 * depends on no row becomes a one-time filter, which Postgres evaluates before it looks at the first row,
 * so scope and rows cost one round trip together. Were that order ever another, rows would be missing,
 * not more of them seen. The setting ends with the transaction, which is this one statement.
 *
 * @param value SQL for the scope, such as `$3`; null for the platform's own rows
 */
export function withinScope(value: string): string {
  return `(SELECT set_config('${SCOPE_SETTING}', coalesce(${value}, ''), true)) IS NOT NULL`;
}
