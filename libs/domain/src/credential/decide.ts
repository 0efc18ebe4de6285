import { accept, type Decider, reject, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { CredentialId, TenantId } from '../ids.js';
import type { CredentialEvent, CredentialIssued, CredentialRevoked, Role } from './events.js';

export interface CredentialState {
  readonly credentialId: CredentialId | null;
  readonly role: Role;
  readonly tenantId: TenantId | null;
  readonly secretSha256: string;
  readonly issuedAtMs: TimeMs;
  readonly revokedAtMs: TimeMs | null;
}

export type CredentialCommand =
  | {
      readonly kind: 'issue-credential';
      readonly credentialId: CredentialId;
      readonly role: Role;
      readonly tenantId: TenantId | null;
      readonly secretSha256: string;
      readonly nowMs: TimeMs;
    }
  | { readonly kind: 'revoke-credential'; readonly reason: string; readonly nowMs: TimeMs };

/** A credential is issued once and may be revoked once; it never changes hands or role. */
export const credentialDecider: Decider<CredentialCommand, CredentialState, CredentialEvent> = {
  initialState: {
    credentialId: null,
    role: 'tenant',
    tenantId: null,
    secretSha256: '',
    issuedAtMs: 0,
    revokedAtMs: null,
  },
  decide: (command, state) => {
    if (command.kind === 'issue-credential') {
      const { kind: _kind, nowMs, ...issued } = command;
      if (state.credentialId !== null) {
        return reject('CREDENTIAL_EXISTS', 'The credential was issued already.');
      }
      if ((issued.role === 'tenant') !== (issued.tenantId !== null)) {
        return reject('CREDENTIAL_ROLE', 'Exactly the credentials of tenants belong to a tenant.');
      }
      return accept(event<CredentialIssued>('CredentialIssued', nowMs, issued));
    }
    if (state.credentialId === null) {
      return reject('CREDENTIAL_NOT_FOUND', 'There is no such credential.');
    }
    if (state.revokedAtMs !== null) return accept();
    return accept(
      event<CredentialRevoked>('CredentialRevoked', command.nowMs, { reason: command.reason }),
    );
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'CredentialIssued':
        return { ...event.payload, issuedAtMs: event.occurredAtMs, revokedAtMs: null };
      case 'CredentialRevoked':
        return { ...state, revokedAtMs: event.occurredAtMs };
      default:
        return unknownEvent(event);
    }
  },
};
