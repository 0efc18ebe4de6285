import {
  type CredentialEvent,
  type CredentialId,
  type CredentialState,
  credentialDecider,
  type Role,
  type TenantId,
} from '@bulkhead/domain';
import { Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import { OPERATOR_SCOPE } from '../row-scope.js';
import { liveRows } from './live-rows.js';
import { onPage, type Page } from './page.js';
import { projectionOf } from './read-model.js';

export type CredentialStatus = 'issued' | 'revoked';

@Entity({ schema: 'read', name: 'credentials', synchronize: false })
export class CredentialRow {
  @PrimaryColumn({ type: 'integer' })
  generation!: number;
  @PrimaryColumn({ name: 'credential_id', type: 'text' })
  credentialId!: CredentialId;
  @Column({ name: 'tenant_id', type: 'text', nullable: true })
  tenantId!: TenantId | null;
  @Column({ type: 'text' })
  role!: Role;
  @Column({ type: 'text' })
  status!: CredentialStatus;
  @Column({ name: 'issued_at', type: 'timestamptz', precision: 3 })
  issuedAt!: Date;
  @Column({ type: 'integer' })
  version!: number;
  @Column({ type: 'jsonb' })
  state!: CredentialState;
}

export const credentialsProjection = projectionOf<CredentialState, CredentialEvent>({
  table: 'credentials',
  idColumn: 'credential_id',
  version: 1,
  prefix: 'cred_',
  decider: credentialDecider,
  types: { CredentialIssued: true, CredentialRevoked: true },
  columns: [
    { name: 'tenant_id', kind: 'text', value: ({ tenantId }) => tenantId },
    { name: 'role', kind: 'text', value: ({ role }) => role },
    {
      name: 'status',
      kind: 'text',
      value: ({ revokedAtMs }) => (revokedAtMs === null ? 'issued' : 'revoked'),
    },
    { name: 'issued_at', kind: 'time', value: ({ issuedAtMs }) => issuedAtMs },
  ],
});

/** A tenant's credentials, or with null the platform's own, newest first. */
export function listCredentials(
  dataSource: DataSource,
  tenantId: TenantId | null,
  page: Page,
): Promise<CredentialRow[]> {
  const query = liveRows(dataSource, CredentialRow, 'credentials', 'c', tenantId ?? OPERATOR_SCOPE);
  if (tenantId === null) query.andWhere('c.tenantId IS NULL');
  else query.andWhere('c.tenantId = :tenantId', { tenantId });
  return onPage(query, 'credentialId', page);
}
