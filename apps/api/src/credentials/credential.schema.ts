import type { CredentialState } from '@bulkhead/domain';
import { z } from 'zod';
import { timeText } from '../sources.js';

const credential = {
  id: z.string().meta({ description: 'The OAuth client id.' }),
  tenantId: z.string().nullable(),
  role: z.enum(['tenant', 'operator', 'auditor']),
  issuedAt: z.string(),
};

export const CredentialIssue = z.strictObject({}).meta({
  id: 'CredentialIssue',
  description: 'Nothing needs to be said.',
});

export const IssuedCredentialSchema = z
  .strictObject({
    ...credential,
    clientId: z.string(),
    clientSecret: z.string().meta({ description: 'Shown once, and kept nowhere.' }),
  })
  .meta({
    id: 'IssuedCredential',
    examples: [
      {
        id: 'cred_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
        tenantId: 'ten_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
        role: 'tenant',
        issuedAt: '2026-11-21T10:42:00.000Z',
        clientId: 'cred_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
        clientSecret: 'a-secret-of-256-random-bits-in-base64url-it-is',
      },
    ],
  });
export type IssuedCredential = z.infer<typeof IssuedCredentialSchema>;

export const CredentialSchema = z
  .strictObject({
    ...credential,
    status: z.enum(['issued', 'revoked']),
    revokedAt: z.string().nullable(),
  })
  .meta({ id: 'Credential' });
export type CredentialView = z.infer<typeof CredentialSchema>;

export function credentialView(state: CredentialState): CredentialView {
  const { credentialId, tenantId, role, issuedAtMs, revokedAtMs } = state;
  if (credentialId === null) throw new Error('there is no such credential');
  return {
    id: credentialId,
    tenantId,
    role,
    issuedAt: timeText(issuedAtMs),
    status: revokedAtMs === null ? 'issued' : 'revoked',
    revokedAt: revokedAtMs === null ? null : timeText(revokedAtMs),
  };
}
