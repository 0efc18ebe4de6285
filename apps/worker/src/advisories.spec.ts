import {
  advisoryBoardDecider,
  advisoryDecider,
  type Policy,
  policyDecider,
  policyVersion1,
} from '@bulkhead/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { advisory } from '../../../test/domain/advisory-operators.js';
import { hanging, Installation } from './worker-in-process.contract.js';

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});
afterEach(async () => {
  await installation.stop();
});

/** Of the only build that hosts here have, whatever its revision. */
const published = advisory(1, { builds: [{ build: 26100, fixedRevision: null }] });

async function publish(): Promise<void> {
  const nowMs = published.window.fromMs + 1;
  const { advisoryId } = published;
  const told = advisoryDecider.decide(
    { kind: 'publish-advisory', advisory: published, nowMs },
    advisoryDecider.initialState,
  );
  const moved = advisoryBoardDecider.decide(
    { kind: 'change-advisories', advisoryId, change: 'published', nowMs },
    advisoryBoardDecider.initialState,
  );
  if (!told.accepted || !moved.accepted) throw new Error('it was refused');
  const alone = { owner: null, expectedVersion: 0 } as const;
  await installation.log.append({
    streams: [
      { ...alone, stream: advisoryId, events: told.events },
      { ...alone, stream: 'advisories', events: moved.events },
    ],
    metadata: {
      actor: { kind: 'operator', id: 'test' },
      correlationId: 'test',
      causationPosition: null,
    },
  });
}

async function publishPolicy(changes: Partial<Policy>): Promise<void> {
  const history = await installation.log.readStream(null, 'policy');
  const before = history.length;
  const policy = { ...policyVersion1, ...changes };
  const decided = policyDecider.decide(
    { kind: 'publish-policy', version: before + 1, policy, nowMs: 1 },
    { version: before, policy: policyVersion1 },
  );
  if (!decided.accepted) throw new Error(decided.rejection.detail);
  await installation.record(null, 'policy', before, decided.events);
}

async function placedSilo() {
  installation.queue.lost = ['start-workload'];
  const { jobs } = await installation.startWorker();
  const tenant = await installation.tenant('standard');
  const workload = await installation.submit(tenant, hanging);
  const start = await installation.until(
    async () => installation.queue.seen.find(({ kind }) => kind === 'start-workload'),
    (job) => job !== undefined && jobs.follower.hasSeen(job.data.position),
  );
  if (start === undefined) throw new Error('no start was dispatched');
  expect((await installation.state(tenant, workload)).current?.isolation).toBe('process');
  return { tenant, workload, start };
}

describe('an advisory on the shared kernel', () => {
  it('evicts running silos, which run again in utility VMs', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, workload, 'running');
    await publish();
    const state = await installation.until(
      () => installation.state(tenant, workload),
      ({ status, current }) => status === 'running' && current?.isolation === 'hyperv',
    );
    expect(state.past.map(({ eviction }) => eviction)).toEqual(['open-advisory']);
    expect(state.decision?.inputs.openAdvisories).toEqual([published.advisoryId]);
    expect(state.countedFailures).toBe(0);
  });

  it('leaves running silos alone where policy says so, until policy says otherwise', async () => {
    await installation.install();
    await publishPolicy({ advisories: { evictRunning: false } });
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const silo = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, silo, 'running');
    await publish();
    const next = await installation.submit(tenant, hanging);
    const other = await installation.reaches(tenant, next, 'running');
    expect(other.current?.isolation).toBe('hyperv');
    expect((await installation.state(tenant, silo)).current?.eviction).toBeNull();
    await publishPolicy({ advisories: { evictRunning: true } });
    const moved = await installation.until(
      () => installation.state(tenant, silo),
      ({ current }) => current?.isolation === 'hyperv',
    );
    expect(moved.past[0]?.eviction).toBe('open-advisory');
  });

  it('does not let start what was placed before, although the job had not heard of it', async () => {
    await installation.install();
    const { tenant, workload, start } = await placedSilo();
    await publish();
    await installation.queue.take?.(start);
    const state = await installation.until(
      () => installation.state(tenant, workload),
      ({ current }) => current?.isolation === 'hyperv',
    );
    expect(state.past[0]?.eviction).toBe('open-advisory');
    expect(await installation.types(tenant, workload)).not.toContain('StartAuthorized');
    expect(installation.ran(workload, 'start')).toEqual([]);
  });

  it('does not let start what policy would have let start a moment before', async () => {
    await installation.install();
    await publishPolicy({ rulesOff: ['open-advisory'] });
    await publish();
    const { tenant, workload, start } = await placedSilo();
    await publishPolicy({});
    await installation.queue.take?.(start);
    await installation.until(
      () => installation.state(tenant, workload),
      ({ current }) => current?.isolation === 'hyperv',
    );
    expect(installation.ran(workload, 'start')).toEqual([]);
  });
});
