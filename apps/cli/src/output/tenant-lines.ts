import type { Colors } from './terminal.js';

/** A tenant as the api shows it to operators. */
export interface ShownTenant {
  readonly id: string;
  readonly name: string;
  readonly trust: 'trusted' | 'standard' | 'hostile';
  readonly boundary: string;
  readonly suspended: boolean;
  readonly quota: Readonly<Record<string, number | null>>;
  readonly registeredAt: string;
  /** An api of an older release does not say. */
  readonly suspension?: {
    readonly since: string;
    readonly reason: string;
    readonly evict: boolean;
  } | null;
}

/** A credential, without its secret. */
export interface ShownCredential {
  readonly id: string;
  readonly status: 'issued' | 'revoked';
  readonly issuedAt: string;
  readonly revokedAt: string | null;
}

/** A credential as it is answered once. */
export interface IssuedCredential {
  readonly tenantId: string | null;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What somebody reads who did not say how far the tenant is trusted. */
export const HOSTILE_BY_DEFAULT =
  'without --trust it is hostile, and gets a utility VM for everything';

/** Tenants for a person: one a row. */
export function tenantLines(tenants: readonly ShownTenant[], colors: Colors): readonly string[] {
  if (tenants.length === 0) return ['no tenant matches'];
  const width = Math.max(...tenants.map(({ trust }) => trust.length));
  return tenants.map(({ id, name, trust, boundary, suspended }) => {
    const paint = trust === 'hostile' ? colors.yellow : colors.green;
    const row = [id, paint(trust.padEnd(width)), colors.bold(name), boundaryOf(boundary)];
    return [...row, ...(suspended ? [colors.red('suspended')] : [])].join('  ');
  });
}

/** One tenant for a person, with all that it may hold. */
export function tenantDetailLines(tenant: ShownTenant, colors: Colors): readonly string[] {
  const limits = Object.entries(tenant.quota).map(
    ([name, limit]) => `${name} ${limit ?? 'without limit'}`,
  );
  return [
    ...tenantLines([tenant], colors),
    ...suspensionLines(tenant),
    `  registered ${tenant.registeredAt}`,
    `  quota: ${limits.join(', ')}`,
  ];
}

function suspensionLines({ suspension }: ShownTenant): readonly string[] {
  if (suspension == null) return [];
  const { since, reason, evict } = suspension;
  return [`  suspended  ${since}: ${reason}${evict ? ' (what runs has to go too)' : ''}`];
}

/** Credentials for a person, without what only their owner knows. */
export function credentialLines(
  credentials: readonly ShownCredential[],
  colors: Colors,
): readonly string[] {
  if (credentials.length === 0) return ['no credential was issued'];
  return credentials.map(({ id, status, issuedAt, revokedAt }) =>
    status === 'issued'
      ? `${id}  ${colors.green(status)}   ${issuedAt}`
      : `${id}  ${colors.dim(status)}  ${issuedAt}, revoked ${revokedAt}`,
  );
}

/** A new credential, in the words in which a shell takes it. */
export function issuedCredentialLines(
  { clientId, clientSecret }: IssuedCredential,
  colors: Colors,
): readonly string[] {
  return [
    `BULKHEAD_CLIENT_ID=${clientId}`,
    `BULKHEAD_CLIENT_SECRET=${clientSecret}`,
    colors.dim('# The secret is shown this once, and kept nowhere.'),
  ];
}

const boundaryOf = (boundary: string) =>
  boundary.startsWith('own:')
    ? 'alone in its boundary'
    : `in the boundary ${boundary.replace(/^group:/, '')}`;
