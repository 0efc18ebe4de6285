import {
  type RecordedEvent,
  type TenantId,
  type WorkloadEvent,
  type WorkloadId,
  type WorkloadState,
  workloadDecider,
} from '@bulkhead/domain';
import { workloadView } from '../../apps/api/src/workloads/workload-view.js';
import type { ApiClient } from '../../apps/cli/src/http/api-client.js';
import { readLogPage } from '../../apps/cli/src/http/audit-events.js';
import { readList } from '../../apps/cli/src/import/platform.js';

/** Every workload's state, folded from the whole log as an auditor reads it. */
export async function foldWholeLog(
  auditor: ApiClient,
): Promise<ReadonlyMap<TenantId, ReadonlyMap<WorkloadId, WorkloadState>>> {
  const states = new Map<TenantId, Map<WorkloadId, WorkloadState>>();
  let position = 0;
  for (;;) {
    const { events, isEnd } = await readLogPage(auditor, position);
    for (const recorded of events) {
      position = recorded.position;
      foldInto(states, recorded);
    }
    if (isEnd) return states;
  }
}

function foldInto(
  states: Map<TenantId, Map<WorkloadId, WorkloadState>>,
  { tenant, stream, event }: RecordedEvent,
): void {
  if (tenant === null || !stream.startsWith('wl_')) return;
  const ofTenant = states.get(tenant) ?? new Map<WorkloadId, WorkloadState>();
  states.set(tenant, ofTenant);
  const id = stream as WorkloadId;
  const before = ofTenant.get(id) ?? workloadDecider.initialState;
  ofTenant.set(id, workloadDecider.evolve(before, event as WorkloadEvent));
}

/**
 * Where what a tenant's list shows differs from the fold of its streams. Ids of hosts and kernels are
 * left out: a tenant sees pseudonyms for them.
 */
export async function readModelDifferences(
  tenant: ApiClient,
  folded: ReadonlyMap<WorkloadId, WorkloadState>,
): Promise<readonly string[]> {
  const shown = await readList(tenant, '/v1/workloads');
  const differences: string[] = [];
  const listed = new Set<unknown>();
  for (const item of shown) {
    listed.add(item['id']);
    const state = folded.get(item['id'] as WorkloadId);
    if (state === undefined) {
      differences.push(`${item['id']} is in the list and not in the log`);
      continue;
    }
    const expected = plain(workloadView(state, { hostLost: false, pseudonyms: null }));
    const found = plain(item);
    if (found !== expected) differences.push(`${item['id']}:\n  log  ${expected}\n  list ${found}`);
  }
  for (const id of folded.keys()) {
    if (!listed.has(id)) differences.push(`${id} is in the log and not in the list`);
  }
  return differences;
}

const PSEUDONYMS = new Set(['hostId', 'kernelInstanceId']);

/** Text that is equal for equal values, whatever the order of their fields. */
function plain(value: unknown): string {
  return JSON.stringify(value, (name, inner: unknown) => {
    if (PSEUDONYMS.has(name)) return undefined;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
