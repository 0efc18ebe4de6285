import { accept, type Decider, reject, type StateTable, unknownEvent } from '../decider.js';
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

export type CredentialPhase = 'absent' | 'issued' | 'revoked';

/** Nothing leads back: whoever lost a credential is issued another. */
export const credentialTable: StateTable<
  CredentialCommand['kind'],
  CredentialPhase,
  CredentialEvent['type'] | 'CREDENTIAL_EXISTS' | 'CREDENTIAL_NOT_FOUND'
> = {
  'issue-credential': {
    absent: 'CredentialIssued',
    issued: 'CREDENTIAL_EXISTS',
    revoked: 'CREDENTIAL_EXISTS',
  },
  'revoke-credential': {
    absent: 'CREDENTIAL_NOT_FOUND',
    issued: 'CredentialRevoked',
    revoked: 'nothing',
  },
};

export function credentialPhaseOf(state: CredentialState): CredentialPhase {
  if (state.credentialId === null) return 'absent';
  return state.revokedAtMs === null ? 'issued' : 'revoked';
}

/** One that was issued and has not been revoked since. */
export type LiveCredential = CredentialState & { readonly credentialId: CredentialId };

export function isInForce(state: CredentialState): state is LiveCredential {
  return credentialPhaseOf(state) === 'issued';
}

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
    const answer = credentialTable[command.kind][credentialPhaseOf(state)];
    switch (answer) {
      case 'nothing':
        return accept();
      case 'CREDENTIAL_EXISTS':
        return reject(answer, 'The credential was issued already.');
      case 'CREDENTIAL_NOT_FOUND':
        return reject(answer, 'There is no such credential.');
      default:
        return command.kind === 'issue-credential' ? issue(command) : accept(revoked(command));
    }
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

type Command<K extends CredentialCommand['kind']> = Extract<CredentialCommand, { kind: K }>;

function issue({ kind: _kind, nowMs, ...issued }: Command<'issue-credential'>) {
  return (issued.role === 'tenant') === (issued.tenantId !== null)
    ? accept(event<CredentialIssued>('CredentialIssued', nowMs, issued))
    : reject<CredentialEvent>(
        'CREDENTIAL_ROLE',
        'Exactly the credentials of tenants belong to a tenant.',
      );
}

function revoked({ nowMs, reason }: Command<'revoke-credential'>): CredentialEvent {
  return event<CredentialRevoked>('CredentialRevoked', nowMs, { reason });
}
