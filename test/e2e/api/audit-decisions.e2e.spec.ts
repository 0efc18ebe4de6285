import { event, type IsolationDecided, policyVersion1, type WorkloadId } from '@bulkhead/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, hostRegistration, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;
let auditor: string;
let hostile: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  auditor = await api.platformToken('auditor');
  hostile = await api.tenant(operator);
  await api.post('/v1/hosts', operator, hostRegistration());
});
afterAll(() => api.stop());

const decisionsOf = (id: string) => api.get(`/v1/audit/decisions/${id}`, auditor);
const submitted = async (change: object = {}): Promise<WorkloadId> => {
  const { body } = await api.post('/v1/workloads', hostile.token, submission(change));
  return body.id ?? body.workloadId;
};
type Rule = { readonly id: string; readonly outcome: string };
const outcomeOf = (rules: readonly Rule[], id: string) =>
  rules.find((rule) => rule.id === id)?.outcome;

describe('an auditor who asks why a workload got its wall', () => {
  it('sees what was looked at, what each rule said and what else it could have been', async () => {
    const id = await submitted();
    const { status, body } = await decisionsOf(id);
    expect(status).toBe(200);
    expect(body).toMatchObject({ workloadId: id, tenantId: hostile.id, decisionsTotal: 1 });
    const [floor] = body.decisions;
    expect(floor).toMatchObject({
      event: 'IsolationDecided',
      attempt: 0,
      hostId: null,
      decision: { isolation: 'hyperv', refusal: null },
      inputs: { tenantId: hostile.id, trust: 'hostile', requested: 'default', hostVersion: null },
      alternatives: [{ isolation: 'process' }],
    });
    expect(floor.alternatives[0].turnedDownBy).toContain('tenant-hostile');
    expect(outcomeOf(floor.decision.rules, 'tenant-hostile')).toBe('fired');
    expect(outcomeOf(floor.decision.rules, 'elevated')).toBe('did-not-fire');
    const [recorded] = (await api.log.readStream(hostile.id, id, 1)).slice(0, 1);
    expect([floor.position, floor.recordedAt]).toEqual([
      recorded?.position,
      new Date(recorded?.recordedAtMs ?? 0).toISOString(),
    ]);
  });

  it('sees that it comes out the same today, under the policy of then and not that of now', async () => {
    const elevated = { user: 'ContainerAdministrator' };
    const before = await submitted(elevated);
    const { version } = (await api.get('/v1/policies/current', operator)).body;
    const changed = { ...policyVersion1, rulesOff: ['elevated'] };
    expect((await api.post('/v1/policies', operator, changed)).status).toBe(201);
    const after = await submitted(elevated);
    const told = [await decisionsOf(before), await decisionsOf(after)].map(({ body }) => body);
    expect(told.map(({ same }) => same)).toEqual([true, true]);
    const [first, second] = told.map(({ decisions: [floor] }) => floor.decision);
    expect([first.policyVersion, second.policyVersion]).toEqual([version, version + 1]);
    expect(outcomeOf(first.rules, 'elevated')).toBe('fired');
    expect(outcomeOf(second.rules, 'elevated')).toBe('silenced');
  });

  it('sees a refusal as what it was: a decision with its grounds', async () => {
    const id = await submitted({ isolation: 'process', strict: true });
    const { body } = await decisionsOf(id);
    expect(body.same).toBe(true);
    expect(body.decisions).toMatchObject([
      {
        event: 'WorkloadRejected',
        attempt: null,
        decision: { isolation: null, refusal: { code: 'ISOLATION_REFUSED', strict: true } },
        inputs: { strict: true, trust: 'hostile' },
        alternatives: [],
        decidedAgain: { same: true, differences: [] },
      },
    ]);
  });

  it('is shown what does not follow from its own grounds', async () => {
    const id = await submitted();
    const stream = await api.log.readStream(hostile.id, id);
    const decided = stream.map((one) => one.event as IsolationDecided).at(-1) as IsolationDecided;
    const { decision } = decided.payload;
    const forged = { ...decision, isolation: 'process' as const, reasons: [] };
    const payload = { attempt: 1, hostId: null, decision: forged };
    const events = [event<IsolationDecided>('IsolationDecided', Date.now(), payload, 3)];
    await api.log.append({
      streams: [{ owner: hostile.id, stream: id, expectedVersion: stream.length, events }],
      metadata: {
        actor: { kind: 'system', id: 'test' },
        correlationId: 'test',
        causationPosition: null,
      },
    });
    const { body } = await decisionsOf(id);
    expect([body.decisionsTotal, body.same]).toEqual([2, false]);
    const { decidedAgain } = body.decisions[1];
    expect(decidedAgain.same).toBe(false);
    expect(decidedAgain.differences).toEqual([
      { part: 'isolation', recorded: 'process', again: 'hyperv' },
      { part: 'reasons', recorded: [], again: decision.reasons },
    ]);
  });
});

describe('whoever is no auditor', () => {
  it('is not told, and nobody is told of a workload that does not exist', async () => {
    const id = await submitted();
    expect((await api.get(`/v1/audit/decisions/${id}`, hostile.token)).status).toBe(403);
    const absent = await decisionsOf(`wl_${'0'.repeat(32)}`);
    const other = await decisionsOf(hostile.id);
    expect([absent.status, other.status]).toEqual([404, 404]);
    expect(absent.body.code).toBe(other.body.code);
  });
});
