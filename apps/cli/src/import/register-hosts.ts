import type { ApiClient } from '../http/api-client.js';
import { isRecord } from '../http/problem.js';
import { counted } from '../output/counted.js';
import type { HostRequest } from './plan-hosts.js';
import { textOf } from './tenant-access.js';

export interface HostWait {
  /** Told of each host as soon as it exists. */
  readonly registered: (id: string) => void;
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly signal: AbortSignal;
}

/** The hosts did not come up in time. */
export class HostsNotUp extends Error {
  override readonly name = 'HostsNotUp';
}

/** Registers the hosts and waits until every one has booted. */
export async function registerHosts(
  operator: ApiClient,
  runId: string,
  hosts: readonly HostRequest[],
  wait: HostWait,
): Promise<void> {
  const ids: string[] = [];
  for (const [index, host] of hosts.entries()) {
    const { body } = await operator.post('/v1/hosts', host, `${runId}-host-${index}`);
    const id = textOf(body, 'id');
    wait.registered(id);
    ids.push(id);
  }
  await untilUp(operator, ids, wait);
}

async function untilUp(operator: ApiClient, ids: readonly string[], wait: HostWait): Promise<void> {
  const giveUpAtMs = wait.nowMs() + wait.timeoutMs;
  let missing = ids;
  for (;;) {
    const down: string[] = [];
    for (const id of missing) {
      const { body } = await operator.get(`/v1/hosts/${id}`);
      if (!isRecord(body) || body['status'] !== 'up') down.push(id);
    }
    if (down.length === 0) return;
    missing = down;
    wait.signal.throwIfAborted();
    if (wait.nowMs() >= giveUpAtMs) {
      const seconds = Math.round(wait.timeoutMs / 1_000);
      throw new HostsNotUp(
        `${down.length} of ${counted(ids.length, 'host')} did not boot within ${seconds} s (first: ${down[0]}); do the worker and the simulated host run?`,
      );
    }
    await wait.sleep(wait.pollMs);
  }
}
