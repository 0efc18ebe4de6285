import { checkLog } from '@bulkhead/checker';
import {
  type HostId,
  imageDecider,
  type Policy,
  policyDecider,
  policyVersion1,
  type RecordedEvent,
  type TemplateId,
  type TenantId,
  type WorkloadId,
} from '@bulkhead/domain';
import { executeCommand, imageIdOf } from '@bulkhead/event-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tendHostTemplates } from './jobs/tend-host-templates.js';
import { Installation, knownImage } from './worker-in-process.contract.js';

const metadata = {
  actor: { kind: 'operator', id: 'test' },
  correlationId: 'test',
  causationPosition: null,
} as const;
const hyperv = { isolation: 'hyperv' } as const;
const templates = { afterBoots: 2, perHostMax: 2, warmCopies: 1 };
let installation: Installation;
let host: HostId;

beforeEach(async () => {
  installation = new Installation();
  [host = 'host_'] = await installation.install();
});
afterEach(() => installation.stop());

async function publish(version: number, changes: Partial<Policy>): Promise<void> {
  const policy = { ...policyVersion1, ...changes };
  const command = { kind: 'publish-policy', version, policy, nowMs: Date.now() } as const;
  const { log } = installation;
  const [owner, stream, decider] = [null, 'policy', policyDecider] as const;
  await executeCommand({ log, owner, stream, decider, command, metadata });
}

async function revokeImage(): Promise<void> {
  const { log } = installation;
  const command = { kind: 'revoke-image', reason: 'malware', nowMs: Date.now() } as const;
  const [owner, stream, decider] = [null, imageIdOf(knownImage), imageDecider] as const;
  await executeCommand({ log, owner, stream, decider, command, metadata });
}

const all = () => installation.log.readAll({ afterPosition: 0, limit: 1_000 });
const ofType = async (type: string) => (await all()).filter(({ event }) => event.type === type);
const happens = (type: string, count = 1): Promise<readonly RecordedEvent[]> =>
  installation.until(
    () => ofType(type),
    (events) => events.length >= count,
  );
const driver = () => installation.simulated.host(host).templates;
const journal = (kind: string) => installation.journal.filter((entry) => entry.kind === kind);

async function run(tenant: TenantId): Promise<WorkloadId> {
  const workload = await installation.submit(tenant, hyperv);
  await installation.reaches(tenant, workload, 'succeeded');
  return workload;
}

/** So often as policy wants, and then it is saved. */
async function savedFor(tenant: TenantId): Promise<TemplateId> {
  await run(tenant);
  await run(tenant);
  const [saved] = await happens('TemplateSaved');
  return saved?.stream as TemplateId;
}

async function bootOf(tenant: TenantId, workload: WorkloadId) {
  const history = await installation.history(tenant, workload);
  const booted = history.flatMap(({ event }) => (event.type === 'UtilityVmBooted' ? [event] : []));
  return booted[0]?.payload;
}

async function findNothing(): Promise<void> {
  const events = await all();
  const journals = [{ hostId: host, entries: installation.journal }];
  expect((await checkLog({ events, journals })).violations).toEqual([]);
}

describe('utility VMs of an image that boot again and again on a host', () => {
  it('are cloned from then on, every effect after its event', async () => {
    await publish(2, { templates });
    await installation.startWorker();
    const tenant = await installation.tenant('hostile');
    const templateId = await savedFor(tenant);
    const [requested] = await ofType('TemplateRequested');
    const [save, ...more] = journal('template-save');
    expect(save).toMatchObject({ templateId, fence: { cause: requested?.position } });
    expect(more).toEqual([]);
    const boot = await bootOf(tenant, await run(tenant));
    expect(['cloned', 'claimed']).toContain(boot?.path);
    expect(boot?.clone).toMatchObject({ templateId });
    await findNothing();
  });

  it('claim a copy that was kept ready, and have an identity of their own', async () => {
    await publish(2, { templates });
    await installation.startWorker();
    const tenant = await installation.tenant('hostile');
    await savedFor(tenant);
    const ready = async () => driver().list()[0]?.warmCopies;
    const boots = [];
    for (let count = 0; count < 2; count += 1) {
      await installation.until(ready, (copies) => copies === 1);
      boots.push(await bootOf(tenant, await run(tenant)));
    }
    expect(boots.map((boot) => boot?.path)).toEqual(['claimed', 'claimed']);
    expect(boots.map((boot) => boot?.clone?.warmCopy)).toEqual([1, 2]);
    expect(new Set(boots.map((boot) => boot?.clone?.runtimeId)).size).toBe(2);
    await findNothing();
  });

  it('are never cloned for another tenant that is not trusted', async () => {
    await publish(2, { templates, templateSharing: 'trusted-boundaries' });
    await installation.startWorker();
    await savedFor(await installation.tenant('hostile'));
    const other = await installation.tenant('standard');
    const workload = await run(other);
    expect(await bootOf(other, workload)).toMatchObject({ path: 'cold' });
    const history = await installation.history(other, workload);
    const start = history.find(({ event }) => event.type === 'StartAuthorized');
    expect(start?.event.payload).toMatchObject({
      clone: { templateId: null, reasons: [{ rule: 'template-boundary' }] },
    });
    await findNothing();
  });

  it('boot for ever where policy says nothing of templates', async () => {
    await installation.startWorker();
    const tenant = await installation.tenant('hostile');
    for (let count = 0; count < 4; count += 1) {
      expect(await bootOf(tenant, await run(tenant))).toMatchObject({ path: 'cold' });
    }
    expect(await ofType('TemplateRequested')).toEqual([]);
    await findNothing();
  });
});

describe('a template', () => {
  it('is saved and retired once, however often the job is delivered', async () => {
    await publish(2, { templates });
    const worker = await installation.startWorker();
    installation.queue.repeats = 2;
    const tenant = await installation.tenant('hostile');
    await savedFor(tenant);
    const data = { hostId: host, position: 1, correlationId: 'again' };
    await tendHostTemplates(worker.jobs, data);
    await tendHostTemplates(worker.jobs, data);
    await publish(3, {});
    const [retired] = await happens('TemplateRetired');
    await installation.until(
      async () => driver().list(),
      (list) => list.length === 0,
    );
    await tendHostTemplates(worker.jobs, data);
    expect(retired?.event.payload).toMatchObject({ cause: 'policy-changed' });
    expect(journal('template-save')).toHaveLength(1);
    const retirements = journal('template-retire');
    expect(retirements.map(({ fence }) => fence?.cause)).toEqual([retired?.position]);
    expect(await ofType('TemplateSaved')).toHaveLength(1);
    await findNothing();
  });

  it('of a revoked image is retired, and nothing that waits is cloned from it', async () => {
    await publish(2, { templates });
    await installation.startWorker();
    await savedFor(await installation.tenant('hostile'));
    await revokeImage();
    const [retired] = await happens('TemplateRetired');
    expect(retired?.event.payload).toMatchObject({ cause: 'image-revoked' });
    await installation.until(
      async () => driver().list(),
      (list) => list.length === 0,
    );
    await findNothing();
  });

  it('is saved and retired although the queue has lost its jobs', async () => {
    await publish(2, { templates });
    installation.queue.lost = ['tend-templates'];
    await installation.startWorker({ reconcileEveryMs: 50 });
    await savedFor(await installation.tenant('hostile'));
    await publish(3, {});
    await happens('TemplateRetired');
    await installation.until(
      async () => driver().list(),
      (list) => list.length === 0,
    );
    await findNothing();
  });

  it('stays on a host in quarantine, retired or not, until that is released', async () => {
    await publish(2, { templates });
    await installation.startWorker({ reconcileEveryMs: 50 });
    await savedFor(await installation.tenant('hostile'));
    await installation.onHost(host, {
      ...{ kind: 'quarantine', reason: 'odd', stop: false },
      nowMs: Date.now(),
    });
    await publish(3, {});
    await happens('TemplateRetired');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(driver().list()).toHaveLength(1);
    await installation.onHost(host, { kind: 'release', reason: 'fine', nowMs: Date.now() });
    await installation.until(
      async () => driver().list(),
      (list) => list.length === 0,
    );
    await findNothing();
  });

  it('that its host does not have any more costs a start time, and is retired for it', async () => {
    await publish(2, { templates });
    await installation.startWorker({ reconcileEveryMs: 60_000 });
    const tenant = await installation.tenant('hostile');
    const templateId = await savedFor(tenant);
    const [requested] = await ofType('TemplateRequested');
    const token = Math.max(...installation.journal.map(({ fence }) => fence?.token ?? 0));
    // As a host does that needs its memory.
    driver().retire(templateId, { token, cause: requested?.position ?? 0 });
    const workload = await run(tenant);
    expect(await bootOf(tenant, workload)).toMatchObject({ path: 'cold' });
    const types = await installation.types(tenant, workload);
    expect(types.filter((type) => type === 'StartAuthorized')).toHaveLength(2);
    const [retired] = await happens('TemplateRetired');
    expect(retired?.event.payload).toMatchObject({ cause: 'given-up' });
    expect((await ofType('AttemptFailed')).length).toBe(0);
  });
});
