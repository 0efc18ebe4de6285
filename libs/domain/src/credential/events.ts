import type { Event } from '../event.js';
import type { CredentialId, TenantId } from '../ids.js';

/** What the bearer of a token may do. Tenants act for themselves; the other two are the platform's. */
export type Role = 'tenant' | 'operator' | 'auditor';

/** `secretSha256` is the hex SHA-256 of 256 random bits; the secret itself was shown once and kept nowhere. */
export type CredentialIssued = Event<
  'CredentialIssued',
  1,
  { credentialId: CredentialId; role: Role; tenantId: TenantId | null; secretSha256: string }
>;
export type CredentialRevoked = Event<'CredentialRevoked', 1, { reason: string }>;

export type CredentialEvent = CredentialIssued | CredentialRevoked;
