import {
  type ProposedPolicy,
  type RejectionProblem,
  type TenantId,
  tenantDecider,
} from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';

/** A policy may name some thousand tenants; more looks at once would keep others from the database. */
const READS_AT_ONCE_MAX = 8;

/**
 * What names a tenant that was never registered, which would be a wish without effect: a mistyped id is
 * well formed too. Tenants are never deleted, so what is found here stays.
 * @param policy all of whose tenant ids are well formed
 */
export async function unknownTenants(
  log: Pick<EventLog, 'readState'>,
  policy: ProposedPolicy,
): Promise<readonly RejectionProblem[]> {
  const named: readonly (readonly [string, readonly string[]])[] = [
    ['/hostAccessApprovals', Object.keys(policy.hostAccessApprovals)],
    ['/tenantPolicies', Object.keys(policy.tenantPolicies)],
    ['/waitingOrder/tenantWeights', Object.keys(policy.waitingOrder.tenantWeights)],
  ];
  const unknown = await neverRegistered(log, [...new Set(named.flatMap(([, ids]) => ids))]);
  return named.flatMap(([pointer, ids]) =>
    ids
      .filter((id) => unknown.has(id))
      .map((id) => ({
        code: 'POLICY_UNKNOWN_TENANT',
        pointer: `${pointer}/${id}`,
        detail: `No tenant ${id} is registered.`,
      })),
  );
}

async function neverRegistered(
  log: Pick<EventLog, 'readState'>,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const unknown = new Set<string>();
  for (let at = 0; at < ids.length; at += READS_AT_ONCE_MAX) {
    const looks = ids.slice(at, at + READS_AT_ONCE_MAX).map(async (id) => {
      const tenantId = id as TenantId;
      const { state } = await log.readState(tenantId, tenantId, tenantDecider);
      if (state.tenantId === null) unknown.add(id);
    });
    await Promise.all(looks);
  }
  return unknown;
}
