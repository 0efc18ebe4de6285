import { createHmac } from 'node:crypto';
import type { TenantId } from '@bulkhead/domain';

const PLATFORM_ID = /\b(host|ki|tpl)_[0-9a-f]{32}\b/g;
const DIGITS = 32;

/**
 * What a tenant sees instead of the ids of hosts and kernels: stable for one tenant, and different for
 * every other, so that no two tenants can find out that they were on the same machine.
 */
export class Pseudonyms {
  constructor(private readonly key: Buffer) {}

  of<P extends 'host' | 'ki'>(tenantId: TenantId, id: `${P}_${string}`): string {
    const prefix = id.slice(0, id.indexOf('_'));
    const digest = createHmac('sha256', this.key).update(`${tenantId} ${id}`).digest('hex');
    return `${prefix}_${digest.slice(0, DIGITS)}`;
  }

  /** Replaces every such id in a JSON value, wherever it stands, free text included. */
  inside(tenantId: TenantId, value: unknown): unknown {
    if (typeof value === 'string') {
      return value.replace(PLATFORM_ID, (id) => this.of(tenantId, id as `host_${string}`));
    }
    if (Array.isArray(value)) return value.map((item) => this.inside(tenantId, item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, this.inside(tenantId, inner)]),
    );
  }
}
