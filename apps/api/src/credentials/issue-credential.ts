import {
  type Clock,
  type CredentialId,
  credentialDecider,
  type EventMetadata,
  prefixedId,
  type Role,
  type TenantId,
  type UuidSource,
} from '@bulkhead/domain';
import {
  type Append,
  type Appended,
  type EventLog,
  executeCommand,
  secretDigest,
} from '@bulkhead/event-store';
import { rejected } from '../problems/problems.js';
import type { RandomBytes } from '../sources.js';

const SECRET_BYTES = 32;

export interface CredentialSources {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly newUuid: UuidSource;
  readonly randomBytes: RandomBytes;
}

export interface CredentialOrder {
  readonly role: Role;
  readonly tenantId: TenantId | null;
  readonly metadata: EventMetadata;
  /** What else goes into the same append, once the id is known. */
  readonly alongside?: (credentialId: CredentialId) => Pick<Append, 'guards' | 'idempotentAnswer'>;
}

export interface NewCredential {
  readonly credentialId: CredentialId;
  /** 256 random bits. Only their SHA-256 is recorded. */
  readonly clientSecret: string;
  readonly issuedAtMs: number;
  readonly appended: Appended | null;
}

/** Makes a credential and records it: the one place where a secret exists. */
export async function issueCredential(
  sources: CredentialSources,
  order: CredentialOrder,
): Promise<NewCredential> {
  const { log, clock, newUuid, randomBytes } = sources;
  const { role, tenantId, metadata, alongside } = order;
  const credentialId = prefixedId('cred', newUuid());
  const clientSecret = randomBytes(SECRET_BYTES).toString('base64url');
  const secretSha256 = secretDigest(clientSecret);
  const issuedAtMs = clock();
  const executed = await executeCommand({
    log,
    // Credentials have a stream of their own that nobody owns: the token endpoint knows no tenant yet.
    owner: null,
    stream: credentialId,
    decider: credentialDecider,
    metadata,
    command: {
      kind: 'issue-credential',
      credentialId,
      role,
      tenantId,
      secretSha256,
      nowMs: issuedAtMs,
    },
    alongside: () => alongside?.(credentialId) ?? {},
  });
  if (!executed.accepted) throw rejected(executed.rejection);
  return { credentialId, clientSecret, issuedAtMs, appended: executed.appended };
}
