import { describe, it } from 'vitest';
import { idOf, NOW_MS } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { expectTable } from '../../../../test/domain/state-table.js';
import type { CredentialId, TenantId } from '../ids.js';
import { credentialDecider, credentialPhaseOf, credentialTable } from './decide.js';

const nowMs = NOW_MS;
const issue = {
  kind: 'issue-credential',
  credentialId: idOf('cred', 1) as CredentialId,
  role: 'tenant',
  tenantId: idOf('ten', 1) as TenantId,
  secretSha256: 'a'.repeat(64),
  nowMs,
} as const;
const revoke = { kind: 'revoke-credential', reason: 'leaked', nowMs } as const;

describe('a credential', () => {
  const nobody = given(credentialDecider, []);
  const issued = given(credentialDecider, nobody.when(issue).history);

  it('is issued once, and only the hash of its secret is recorded', () => {
    nobody.when(issue).thenEvents(['CredentialIssued', { secretSha256: issue.secretSha256 }]);
    issued.when(issue).thenRejected('CREDENTIAL_EXISTS');
  });

  it('belongs to a tenant exactly when it is a tenant credential', () => {
    nobody.when({ ...issue, tenantId: null }).thenRejected('CREDENTIAL_ROLE');
    nobody.when({ ...issue, role: 'operator' }).thenRejected('CREDENTIAL_ROLE');
    nobody.when({ ...issue, role: 'auditor', tenantId: null }).thenEvents('CredentialIssued');
  });

  it('is revoked once, for good', () => {
    nobody.when(revoke).thenRejected('CREDENTIAL_NOT_FOUND');
    issued.when(revoke).thenEvents(['CredentialRevoked', { reason: 'leaked' }]);
    const revoked = given(credentialDecider, issued.when(revoke).history);
    revoked.when(revoke).thenNothing();
    revoked.when(issue).thenRejected('CREDENTIAL_EXISTS');
  });

  it('answers every command by its table, in each of its phases', () => {
    const E = 'CREDENTIAL_EXISTS';
    expectTable({
      ...{ decider: credentialDecider, phaseOf: credentialPhaseOf, table: credentialTable },
      waysInto: { absent: [[]], issued: [[issue]], revoked: [[issue, revoke]] },
      commandsFor: () => ({ 'issue-credential': issue, 'revoke-credential': revoke }),
      expected: {
        'issue-credential': ['>issued', E, E],
        'revoke-credential': ['CREDENTIAL_NOT_FOUND', '>revoked', '-'],
      },
    });
  });
});
