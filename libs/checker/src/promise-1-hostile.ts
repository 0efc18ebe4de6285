import type { CheckMaker } from './check.js';

/**
 * Promise 1: no workload of a tenant that the log holds hostile is placed or started on a shared kernel.
 * What becomes of silos that run already when trust is lost is proved by the check `eviction`.
 */
export const hostileNeverShares: CheckMaker = (report) => ({
  see: (recorded, ledger) => {
    const { event } = recorded;
    if (event.type !== 'WorkloadPlaced' && event.type !== 'StartAuthorized') return;
    const workload = ledger.workloads.get(recorded.stream as never);
    const tenantId = workload?.tenantId ?? recorded.tenant;
    if (tenantId === null) return report('an attempt belongs to no tenant', recorded);
    const placed = event.type === 'WorkloadPlaced' ? null : workload?.attempt?.isolation;
    const shared = event.payload.isolation === 'process' || placed === 'process';
    if (shared && ledger.tenantOf(tenantId).trust === 'hostile') {
      report(`${event.type} on a shared kernel, while ${tenantId} is hostile`, recorded);
    }
  },
});
