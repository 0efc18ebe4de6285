import { event, type PolicyPublished, policyVersion1 } from '@bulkhead/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hanging, Installation } from './worker-in-process.contract.js';

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});
afterEach(async () => {
  await installation.stop();
});

/** From priority 80 on, others of the same tenant give way. */
const permit = (nowMs: number) =>
  event<PolicyPublished>(
    'PolicyPublished',
    nowMs,
    {
      version: 2,
      policy: { ...policyVersion1, preemption: { fromPriority: 80, otherTenants: false } },
    },
    4,
  );

describe('an urgent workload on a full fleet', () => {
  it('takes the place of a less urgent one of its tenant, which is stopped and runs again afterwards', async () => {
    await installation.install(0);
    await installation.addHosts(1, { cpuMillis: 1_000, memoryMiB: 4_096 });
    await installation.record(null, 'policy', 1, [permit(Date.now())]);
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const resources = { cpuMillis: 800, memoryMiB: 256 };
    const modest = await installation.submit(tenant, { ...hanging, resources, priority: 10 });
    await installation.reaches(tenant, modest, 'running');
    const urgent = await installation.submit(tenant, { resources, priority: 90 });
    await installation.reaches(tenant, urgent, 'succeeded');
    const [submitted] = await installation.log.readStream(tenant, urgent);
    const history = await installation.log.readStream(tenant, modest);
    const evicted = history.filter((recorded) => recorded.event.type === 'WorkloadEvicted');
    expect(evicted).toMatchObject([
      { event: { payload: { cause: 'preempted', causedByPosition: submitted?.position } } },
    ]);
    const again = await installation.until(
      () => installation.state(tenant, modest),
      ({ status, past }) => status === 'running' && past.length === 1,
    );
    expect(again).toMatchObject({ countedFailures: 0, uncountedFailures: 1 });
  });
});
