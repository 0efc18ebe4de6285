import {
  type TenantEvent,
  type TenantId,
  type TenantState,
  type TrustBoundary,
  type TrustLevel,
  tenantDecider,
} from '@bulkhead/domain';
import { Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import { OPERATOR_SCOPE } from '../row-scope.js';
import { liveRows } from './live-rows.js';
import { onPage, type Page } from './page.js';
import { projectionOf } from './read-model.js';

@Entity({ schema: 'read', name: 'tenants', synchronize: false })
export class TenantRow {
  @PrimaryColumn({ type: 'integer' })
  generation!: number;
  @PrimaryColumn({ name: 'tenant_id', type: 'text' })
  tenantId!: TenantId;
  @Column({ type: 'text' })
  name!: string;
  @Column({ type: 'text' })
  trust!: TrustLevel;
  @Column({ name: 'trust_boundary', type: 'text' })
  trustBoundary!: TrustBoundary;
  @Column({ name: 'registered_at', type: 'timestamptz', precision: 3 })
  registeredAt!: Date;
  @Column({ type: 'integer' })
  version!: number;
  @Column({ type: 'jsonb' })
  state!: TenantState;
}

export const tenantsProjection = projectionOf<TenantState, TenantEvent>({
  table: 'tenants',
  idColumn: 'tenant_id',
  version: 5,
  prefix: 'ten_',
  decider: tenantDecider,
  types: {
    TenantRegistered: true,
    TenantTrustChanged: true,
    TenantBoundaryChanged: true,
    TenantSuspended: true,
    TenantReinstated: true,
    TenantQuotaChanged: true,
  },
  columns: [
    { name: 'name', kind: 'text', value: ({ name }) => name },
    { name: 'trust', kind: 'text', value: ({ trust }) => trust },
    { name: 'trust_boundary', kind: 'text', value: ({ trustBoundary }) => trustBoundary },
    { name: 'registered_at', kind: 'time', value: ({ registeredAtMs }) => registeredAtMs },
  ],
});

/** All tenants, newest first: for operators only. */
export function listTenants(
  dataSource: DataSource,
  filter: { readonly trust?: TrustLevel },
  page: Page,
): Promise<TenantRow[]> {
  const query = liveRows(dataSource, TenantRow, 'tenants', 't', OPERATOR_SCOPE);
  if (filter.trust !== undefined) query.andWhere('t.trust = :trust', filter);
  return onPage(query, 'tenantId', page);
}
