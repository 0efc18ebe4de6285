import { describe, expect, it } from 'vitest';
import { idOf, NOW_MS } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import type { TenantId } from '../ids.js';
import { tenantDecider } from './decide.js';
import type { TrustLevel } from './events.js';
import { defaultQuota } from './quota.js';

const tenantId = idOf('ten', 1) as TenantId;
const own = `own:${tenantId}`;
const nowMs = NOW_MS;

const register = (trust: TrustLevel, boundaryGroup: string | null = null) =>
  ({ kind: 'register-tenant', tenantId, name: 'Ann', trust, boundaryGroup, nowMs }) as const;
const trust = (to: TrustLevel) =>
  ({ kind: 'change-trust', trust: to, reason: 'r', nowMs }) as const;
const boundary = (boundaryGroup: string | null) =>
  ({ kind: 'change-boundary', boundaryGroup, reason: 'r', nowMs }) as const;
const registered = (...args: Parameters<typeof register>) =>
  given(tenantDecider, []).when(register(...args)).history;

describe('a tenant', () => {
  it('is alone in its own boundary unless it is trusted and put into a group', () => {
    const nobody = given(tenantDecider, []);
    nobody.when(register('hostile')).thenEvents(['TenantRegistered', { trustBoundary: own }]);
    nobody
      .when(register('trusted', 'red'))
      .thenEvents(['TenantRegistered', { trustBoundary: 'group:red' }]);
    nobody.when(register('standard', 'red')).thenRejected('BOUNDARY_NEEDS_TRUST');
  });

  it('is registered once', () => {
    given(tenantDecider, registered('standard'))
      .when(register('standard'))
      .thenRejected('TENANT_EXISTS');
    given(tenantDecider, []).when(trust('trusted')).thenRejected('TENANT_NOT_FOUND');
  });

  it('keeps its boundary when it gains trust, and joins a group only then', () => {
    const standard = given(tenantDecider, registered('standard'));
    standard.when(boundary('red')).thenRejected('BOUNDARY_NEEDS_TRUST');
    const trusted = standard.when(trust('trusted'));
    trusted.thenEvents(['TenantTrustChanged', { from: 'standard', to: 'trusted' }]);
    given(tenantDecider, trusted.history)
      .when(boundary('red'))
      .thenEvents(['TenantBoundaryChanged', { from: own, to: 'group:red' }]);
  });

  it.each(['standard', 'hostile'] as const)(
    'goes back into its own boundary in the same breath as it becomes %s',
    (to) => {
      given(tenantDecider, registered('trusted', 'red'))
        .when(trust(to))
        .thenEvents(['TenantTrustChanged', { to }], ['TenantBoundaryChanged', { to: own }]);
    },
  );

  it('leaves its group when asked to, without losing trust', () => {
    given(tenantDecider, registered('trusted', 'red'))
      .when(boundary(null))
      .thenEvents(['TenantBoundaryChanged', { from: 'group:red', to: own }]);
  });

  it('is not changed by what it is already', () => {
    const trusted = given(tenantDecider, registered('trusted', 'red'));
    trusted.when(trust('trusted')).thenNothing();
    trusted.when(boundary('red')).thenNothing();
  });

  it('is suspended once, harder where what runs has to go too, and reinstated once', () => {
    const suspend = (evict: boolean) => ({ kind: 'suspend', evict, reason: 'r', nowMs }) as const;
    const reinstate = { kind: 'reinstate', reason: 'r', nowMs } as const;
    const active = given(tenantDecider, registered('standard'));
    active.when(reinstate).thenNothing();
    const suspended = given(tenantDecider, active.when(suspend(false)).history);
    suspended.when(suspend(false)).thenNothing();
    suspended.when(suspend(true)).thenEvents(['TenantSuspended', { evict: true }]);
    const emptied = given(tenantDecider, suspended.when(suspend(true)).history);
    emptied.when(suspend(false)).thenNothing();
    emptied.when(reinstate).thenEvents('TenantReinstated');
    given(tenantDecider, []).when(suspend(true)).thenRejected('TENANT_NOT_FOUND');
  });

  it('says since when it is suspended, and why it is as strictly as it is', () => {
    const suspend = { kind: 'suspend', evict: false, reason: 'unpaid', nowMs } as const;
    const suspended = given(tenantDecider, registered('standard')).when(suspend);
    expect(suspended.state.suspension).toEqual({ evict: false, atMs: nowMs, reason: 'unpaid' });
    const harder = { ...suspend, evict: true, reason: 'it attacks', nowMs: nowMs + 1 };
    const emptied = given(tenantDecider, suspended.history).when(harder);
    expect(emptied.state.suspension).toEqual({ evict: true, atMs: nowMs, reason: 'it attacks' });
  });

  it('has the default quota until it is given another one, and that once', () => {
    const active = given(tenantDecider, registered('standard'));
    expect(active.state.quota).toEqual(defaultQuota);
    const quota = { ...defaultQuota, workloads: 5 };
    const change = { kind: 'change-quota', quota, reason: 'r', nowMs } as const;
    active.when(change).thenEvents(['TenantQuotaChanged', { quota }]);
    given(tenantDecider, active.when(change).history).when(change).thenNothing();
  });
});
