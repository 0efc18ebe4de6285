import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

let api: ApiUnderTest;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let other: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  const operator = await api.platformToken('operator');
  tenant = await api.tenant(operator);
  other = await api.tenant(operator);
});
afterAll(() => api.stop());

type Labels = Readonly<Record<string, string>>;

async function submit(labels?: Labels, token = tenant.token): Promise<string> {
  const { body } = await api.post('/v1/workloads', token, submission({ labels }));
  await api.project();
  return body.id;
}

const pathFor = (labels: readonly string[], more = '') =>
  `/v1/workloads?${labels.map((label) => `label=${encodeURIComponent(label)}`).join('&')}${more}`;

async function found(labels: readonly string[], token = tenant.token): Promise<string[]> {
  const { body } = await api.get(pathFor(labels), token);
  return body.items.map(({ id }: { id: string }) => id);
}

describe('workloads by label', () => {
  it('are those that have every label which is asked for, newest first', async () => {
    const both = await submit({ team: 'billing', stage: 'test' });
    const team = await submit({ team: 'billing', stage: 'live' });
    await submit({ team: 'sales', billing: 'team' });
    await submit();
    expect(await found(['team=billing'])).toEqual([team, both]);
    expect(await found(['team=billing', 'stage=test'])).toEqual([both]);
    expect(await found(['stage=test', 'team=billing', 'team=billing'])).toEqual([both]);
    for (const none of [['team=bill'], ['team=billing', 'team=sales'], ['Team=billing'], ['team=']])
      expect(await found(none), none.join()).toEqual([]);
  });

  it('may have a label whose value is empty or holds =, & and letters of any script', async () => {
    const id = await submit({ 'example.org/query': 'a=b&c=ü 🚢', empty: '' });
    expect(await found(['example.org/query=a=b&c=ü 🚢'])).toEqual([id]);
    expect(await found(['empty='])).toEqual([id]);
  });

  it('can be narrowed by everything else as well', async () => {
    const kept = await submit({ kind: 'narrowed' });
    const cancelled = await submit({ kind: 'narrowed' });
    await api.post(`/v1/workloads/${cancelled}/cancel`, tenant.token, {});
    await api.project();
    const answer = await api.get(pathFor(['kind=narrowed'], '&status=cancelled'), tenant.token);
    expect(answer.body.items.map(({ id }: { id: string }) => id)).toEqual([cancelled]);
    expect(await found(['kind=narrowed'])).toEqual([cancelled, kept]);
  });

  it('are the own ones only: the same label of another tenant finds nothing', async () => {
    const own = await submit({ secret: 'project' });
    expect(await found(['secret=project'], other.token)).toEqual([]);
    const theirs = await submit({ secret: 'project' }, other.token);
    expect(await found(['secret=project'], other.token)).toEqual([theirs]);
    expect(await found(['secret=project'])).toEqual([own]);
  });

  it('come in pages that show each once, however many follow meanwhile', async () => {
    const ids: string[] = [];
    for (let nr = 0; nr < 5; nr += 1) ids.unshift(await submit({ paged: 'yes' }));
    const listed: string[] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? '&limit=2' : `&limit=2&cursor=${cursor}`;
      const { body } = await api.get(pathFor(['paged=yes'], more), tenant.token);
      listed.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
      await submit({ paged: 'yes' });
    } while (cursor !== null && listed.length < 20);
    expect(listed).toEqual(ids);
  });

  it('have cursors that are of no use for another label', async () => {
    await submit({ bound: 'one' });
    await submit({ bound: 'one' });
    const { body } = await api.get(pathFor(['bound=one'], '&limit=1'), tenant.token);
    const elsewhere = pathFor(['bound=two'], `&limit=1&cursor=${body.nextCursor}`);
    expect((await api.get(elsewhere, tenant.token)).body.code).toBe('BAD_CURSOR');
  });

  it('are found by what a label is and not by what might be one', async () => {
    const nine = Array.from({ length: 9 }, (_, nr) => `l${nr}=x`);
    const must = 'must be a label, such as team=billing';
    for (const [labels, detail] of [
      [['team'], must],
      [['=billing'], must],
      [['team=ok', '*=x'], must],
      [[`team=${'x'.repeat(256)}`], must],
      [nine, 'has at most 8 labels'],
    ] as const) {
      const { status, body } = await api.get(pathFor(labels), tenant.token);
      expect([status, body.errors]).toEqual([400, [{ parameter: 'label', detail }]]);
    }
  });

  it('are not found by a label that was erased, and are still there', async () => {
    const id = await submit({ erased: 'soon' });
    expect(await found(['erased=soon'])).toEqual([id]);
    const whole = await api.get(`/v1/workloads/${id}`, tenant.token);
    expect(whole.body.content.labels).toEqual({ erased: 'soon' });
    const admin = new pg.Client({ connectionString: api.database.databaseUrl });
    await admin.connect();
    await admin.query('DELETE FROM log.contents WHERE stream = $1', [id]);
    expect((await api.get(`/v1/workloads/${id}`, tenant.token)).body.content).toBeNull();
    const left = await admin.query('SELECT FROM log.workload_labels WHERE workload = $1', [id]);
    await admin.end();
    expect(left.rowCount).toBe(0);
    expect(await found(['erased=soon'])).toEqual([]);
    expect((await api.get(`/v1/workloads/${id}`, tenant.token)).status).toBe(200);
  });
});
