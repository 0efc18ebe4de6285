import { type CredentialId, isId, type Role, type TenantId, type TimeMs } from '@bulkhead/domain';
import { z } from 'zod';
import { SCOPES_OF_ROLE } from './scopes.js';
import { SIGNING_ALGORITHM } from './signing-key.js';

/** RFC 9068 calls an access token so; a token made for another use is not taken for one. */
export const TOKEN_TYPE = 'at+jwt';
export const AUDIENCE = 'bulkhead';
export const TOKEN_LIFETIME_SECONDS = 15 * 60;
/** Lets a token be used at once on another machine whose clock is behind by no more than this. */
export const NOT_BEFORE_LEEWAY_SECONDS = 10;
/** Longer ones are none of ours. */
const TOKEN_MAX_LENGTH = 4_096;

const Header = z.strictObject({
  alg: z.literal(SIGNING_ALGORITHM),
  typ: z.literal(TOKEN_TYPE),
  kid: z.string(),
});

/**
 * Whether a token's header is exactly one that this service writes: the pinned algorithm, our type and
 * key, and nothing that would point a verifier at another key (`jwk`, `jku`, `x5u`, `crit`).
 */
export function hasOwnHeader(token: string, keyId: string): boolean {
  if (token.length > TOKEN_MAX_LENGTH) return false;
  const [header = ''] = token.split('.', 1);
  try {
    const decoded: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
    return Header.parse(decoded).kid === keyId;
  } catch {
    return false;
  }
}

/**
 * Whether a token's signature is spelled as it was issued. The last of its letters has bits that mean nothing,
 * and what differs in those alone verifies as well; header and claims are what is signed, letter by letter.
 */
export function isSpelledAsIssued(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1);
  return Buffer.from(signature, 'base64url').toString('base64url') === signature;
}

const Claims = z.object({
  iss: z.string(),
  aud: z.literal(AUDIENCE),
  sub: z.string().refine((text): text is CredentialId => isId('cred', text)),
  client_id: z.string(),
  role: z.enum(['tenant', 'operator', 'auditor']),
  tenant: z.string().nullable(),
  scope: z.string(),
  iat: z.int(),
  nbf: z.int(),
  exp: z.int(),
  jti: z.string(),
});
export type AccessTokenClaims = z.infer<typeof Claims>;

export interface TokenBearer {
  readonly role: Role;
  readonly credentialId: CredentialId;
  readonly tenantId: TenantId | null;
  readonly scopes: readonly string[];
  /** When the token ends. */
  readonly expiresAtMs: TimeMs;
}

/** What a verified token says of its bearer; null where a claim is missing or contradicts another. */
export function bearerOf(payload: unknown): TokenBearer | null {
  const parsed = Claims.safeParse(payload);
  if (!parsed.success) return null;
  const { role, sub, client_id, tenant, scope, iat, exp } = parsed.data;
  const scopes = scope.split(' ');
  const allowed: readonly string[] = SCOPES_OF_ROLE[role];
  if (sub !== client_id || exp - iat > TOKEN_LIFETIME_SECONDS) return null;
  if (!scopes.every((name) => allowed.includes(name))) return null;
  if ((role === 'tenant') !== (tenant !== null)) return null;
  if (tenant !== null && !isId('ten', tenant)) return null;
  return { role, credentialId: sub, tenantId: tenant, scopes, expiresAtMs: exp * 1_000 };
}
