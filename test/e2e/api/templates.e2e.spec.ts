import {
  type CloneDecision,
  type ComputeSystemId,
  type DomainEvent,
  event,
  type HostBooted,
  type HostId,
  type KernelInstanceId,
  type StartAuthorized,
  type TemplateId,
  type TemplateRequested,
  type TemplateSaved,
  type TenantId,
  type UtilityVmBooted,
  type WorkloadId,
  type WorkloadPlaced,
} from '@bulkhead/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idOf, windows } from '../../domain/builders.js';
import { templateFacts } from '../../domain/templates.js';
import { ApiUnderTest, hostRegistration, submission } from './api-under-test.js';

const NOW_MS = Date.now();
const templateId = idOf('tpl', 1) as TemplateId;
const metadata = {
  actor: { kind: 'system', id: 'test' },
  correlationId: 'test',
  causationPosition: null,
} as const;
let api: ApiUnderTest;
let operator: string;
let auditor: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let hostId: HostId;
let workloadId: WorkloadId;

async function record(
  owner: TenantId | null,
  stream: HostId | TemplateId | WorkloadId,
  ...events: DomainEvent[]
): Promise<void> {
  const expectedVersion = (await api.log.readStream(owner, stream)).length;
  await api.log.append({ streams: [{ owner, stream, expectedVersion, events }], metadata });
}

/** A template that is saved on the host, and a workload of the tenant that is a clone of it. */
beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  auditor = await api.platformToken('auditor');
  tenant = await api.tenant(operator);
  const registered = await api.post('/v1/hosts', operator, hostRegistration());
  hostId = registered.body.id;
  const submitted = await api.post('/v1/workloads', tenant.token, submission());
  workloadId = submitted.body.id;
  const kernelInstanceId = idOf('ki', 5) as KernelInstanceId;
  const boot = { bootId: 'boot-1', kernelInstanceId: idOf('ki', 4) as KernelInstanceId };
  const booted = { ...boot, osVersion: windows(20348) };
  await record(null, hostId, event<HostBooted>('HostBooted', NOW_MS, booted));
  const trustBoundary = `own:${tenant.id as TenantId}` as const;
  const template = templateFacts({ templateId, hostId, trustBoundary });
  const requested = { template, boots: 3, policyVersion: 2 };
  await record(
    null,
    templateId,
    event<TemplateRequested>('TemplateRequested', NOW_MS, requested),
    event<TemplateSaved>('TemplateSaved', NOW_MS, { template, savedAtMs: NOW_MS }),
  );
  const computeSystemId = idOf('cs', 1) as ComputeSystemId;
  const placed = {
    ...{ attempt: 1, hostId, kernelInstanceId, computeSystemId, isolation: 'hyperv' as const },
    ...{ trustBoundary, reserved: { cpuMillis: 600, memoryMiB: 1_268 }, placerTerm: 1 },
  };
  const clone: CloneDecision = { templateId, reasons: [], sharers: [], policyVersion: 2 };
  const wall = { trust: 'hostile' as const, trustBoundary, isolation: 'hyperv' as const };
  const origin = { templateId, warmCopy: 2, runtimeId: 'a-b-c', seedFingerprint: 'd'.repeat(64) };
  const ofAttempt = { attempt: 1, computeSystemId };
  await record(
    tenant.id as TenantId,
    workloadId,
    event<WorkloadPlaced>('WorkloadPlaced', NOW_MS, placed),
    event<StartAuthorized>('StartAuthorized', NOW_MS, { ...ofAttempt, ...wall, clone }),
    event<UtilityVmBooted>('UtilityVmBooted', NOW_MS, {
      ...ofAttempt,
      ...{ startedAtMs: NOW_MS - 80, path: 'claimed', clone: origin },
    }),
  );
});
afterAll(() => api.stop());

describe('templates of utility VMs', () => {
  it('are shown to operators with their host, and who holds their pages', async () => {
    const { status, body } = await api.get(`/v1/hosts/${hostId}/templates`, operator);
    expect(status).toBe(200);
    expect(body.items).toEqual([
      {
        ...{ id: templateId, status: 'saved', hostId, bootId: 'boot-1', sharing: 'own-boundary' },
        ...{ hostVersion: '10.0.20348.1', kernelVersion: '10.0.20348.1', manifestDigest: null },
        kernelInstanceId: expect.stringMatching(/^ki_/),
        image: expect.stringContaining('nanoserver'),
        imageId: expect.stringMatching(/^img_/),
        trustBoundary: `own:${tenant.id}`,
        ...{ warmCopies: 1, retirement: null, requestedAt: new Date(NOW_MS).toISOString() },
        holders: [{ tenantId: tenant.id, trustBoundary: `own:${tenant.id}`, clones: 1 }],
      },
    ]);
    const missing = `/v1/hosts/host_${'0'.repeat(32)}/templates`;
    expect((await api.get(missing, operator)).body.code).toBe('HOST_NOT_FOUND');
    expect((await api.get('/v1/hosts/x/templates', operator)).status).toBe(404);
  });

  it('are shown to auditors with everybody who ever shared their pages', async () => {
    const { status, body } = await api.get(`/v1/audit/templates/${templateId}`, auditor);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: templateId, status: 'saved', clonesTotal: 1 });
    expect(body.clones).toEqual([
      {
        ...{ workloadId, tenantId: tenant.id, trustBoundary: `own:${tenant.id}` },
        ...{ computeSystemId: idOf('cs', 1), warmCopy: 2, runtimeId: 'a-b-c' },
        fromPosition: expect.any(Number),
        from: expect.stringMatching(/Z$/),
        ...{ until: null, sharedPagesWith: [] },
      },
    ]);
    const missing = `/v1/audit/templates/tpl_${'0'.repeat(32)}`;
    expect((await api.get(missing, auditor)).body.code).toBe('TEMPLATE_NOT_FOUND');
  });

  it('are nothing that a tenant hears of: neither by route nor in its events', async () => {
    for (const path of [`/v1/hosts/${hostId}/templates`, `/v1/audit/templates/${templateId}`]) {
      expect((await api.get(path, tenant.token)).status).toBe(403);
    }
    const { text, body } = await api.get(`/v1/workloads/${workloadId}/events`, tenant.token);
    expect(body.items.map(({ type }: { type: string }) => type)).toContain('UtilityVmBooted');
    expect(text).not.toContain('tpl_');
    expect(text).not.toContain('a-b-c');
    const { text: shown } = await api.get(`/v1/workloads/${workloadId}`, tenant.token);
    expect(shown).not.toContain('tpl_');
    expect(shown).toContain('claimed');
  });
});
