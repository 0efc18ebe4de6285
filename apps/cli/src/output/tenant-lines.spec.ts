import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import {
  credentialLines,
  issuedCredentialLines,
  type ShownTenant,
  tenantDetailLines,
  tenantLines,
} from './tenant-lines.js';

const plain = pc.createColors(false);
const shown: ShownTenant = {
  id: 'ten_1',
  name: 'Harbour Works',
  trust: 'standard',
  boundary: 'own:ten_1',
  suspended: false,
  quota: { workloads: 5, pendingWorkloads: null },
  registeredAt: '2026-11-20T08:01:00.000Z',
  suspension: null,
};

describe('tenants for a person', () => {
  it('are one a row with their trust and boundary, or none', () => {
    const shared = { ...shown, id: 'ten_2', trust: 'trusted', boundary: 'group:platform' } as const;
    expect(tenantLines([shown, { ...shared, suspended: true }], plain)).toEqual([
      'ten_1  standard  Harbour Works  alone in its boundary',
      'ten_2  trusted   Harbour Works  in the boundary platform  suspended',
    ]);
    expect(tenantLines([], plain)).toEqual(['no tenant matches']);
  });

  it('tell one by one what they may hold', () => {
    expect(tenantDetailLines(shown, plain).slice(1)).toEqual([
      '  registered 2026-11-20T08:01:00.000Z',
      '  quota: workloads 5, pendingWorkloads without limit',
    ]);
  });

  it('tell since when one is suspended, and why, where the api does', () => {
    const suspension = { since: '2026-11-21T09:00:00.000Z', reason: 'unpaid', evict: false };
    const tenant = { ...shown, suspended: true, suspension };
    const line = '  suspended  2026-11-21T09:00:00.000Z: unpaid';
    expect(tenantDetailLines(tenant, plain)[1]).toBe(line);
    const harder = { ...tenant, suspension: { ...suspension, evict: true } };
    expect(tenantDetailLines(harder, plain)[1]).toBe(`${line} (what runs has to go too)`);
    expect(tenantDetailLines(shown, plain).join()).not.toContain('suspended');
    const { suspension: _, ...ofOlderApi } = tenant;
    expect(tenantDetailLines(ofOlderApi, plain)[1]).toBe('  registered 2026-11-20T08:01:00.000Z');
  });

  it('show a secret once, as a shell takes it, and never in lists', () => {
    const issued = { tenantId: 'ten_1', clientId: 'cred_1', clientSecret: 'hush' };
    expect(issuedCredentialLines(issued, plain).slice(0, 2)).toEqual([
      'BULKHEAD_CLIENT_ID=cred_1',
      'BULKHEAD_CLIENT_SECRET=hush',
    ]);
    const listed = { id: 'cred_1', status: 'issued', issuedAt: 'T1', revokedAt: null } as const;
    const revoked = { ...listed, id: 'cred_2', status: 'revoked', revokedAt: 'T2' } as const;
    expect(credentialLines([listed, revoked], plain)).toEqual([
      'cred_1  issued   T1',
      'cred_2  revoked  T1, revoked T2',
    ]);
    expect(credentialLines([], plain)).toEqual(['no credential was issued']);
  });
});
