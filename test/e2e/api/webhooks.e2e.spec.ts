import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WEBHOOKS_MAX } from '../../../apps/api/src/webhooks/create-webhook.handler.js';
import { ApiUnderTest, submission, webhookKey } from './api-under-test.js';
import { type Heard, Receiver, WebhookWorker } from './webhook-worker.js';

let api: ApiUnderTest;
let operator: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let receiver: Receiver;
let worker: WebhookWorker;
let path: string;
let paths = 0;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  receiver = await Receiver.listen();
  worker = await WebhookWorker.start(api.database.workerUrl, webhookKey);
});
afterAll(async () => {
  await worker.stop();
  receiver.close();
  await api.stop();
});
beforeEach(async () => {
  tenant = await api.tenant(operator);
  paths += 1;
  path = `/hook-${paths}`;
});

const ROUTE = '/v1/webhooks';
const TOKEN = 'bulkhead-consistency-token';
const create = (changes: object = {}, key?: string) =>
  api.post(ROUTE, tenant.token, { url: receiver.url(path), ...changes }, key);
const get = (rest: string) => api.get(`${ROUTE}${rest}`, tenant.token);
const act = (id: string, name: string, body?: object) =>
  api.post(`${ROUTE}/${id}/${name}`, tenant.token, body);
const withTag = (method: string, rest: string, tag: string, body?: object) =>
  api.call(method, `${ROUTE}${rest}`, {
    ...{ token: tenant.token, headers: { 'if-match': tag } },
    ...(body === undefined ? {} : { body }),
  });

/** A workload that ends at once, because nothing is there that could run it. */
async function end(): Promise<string> {
  const { id } = (await api.post('/v1/workloads', tenant.token, submission())).body;
  await api.post(`/v1/workloads/${id}/cancel`, tenant.token, {});
  return id;
}

async function heard(many: number): Promise<readonly Heard[]> {
  await expect.poll(() => receiver.at(path)).toHaveLength(many);
  return receiver.at(path);
}

const verify = (secret: string, { body, headers }: Heard) =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

describe('webhooks', () => {
  it('tell of the end of a workload with a signature that its secret verifies, and no other', async () => {
    const created = await create();
    expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"']);
    const { id, secret } = created.body;
    expect(created.headers.get('location')).toBe(`${ROUTE}/${id}`);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const workload = await end();
    const [message] = await heard(1);
    if (message === undefined) throw new Error('nothing was heard');
    expect(verify(secret, message)).toMatchObject({
      type: 'workload.cancelled',
      data: { id: workload, status: 'cancelled' },
    });
    expect(() => verify(`whsec_${Buffer.alloc(32).toString('base64')}`, message)).toThrow();
    const deliveries = () => get(`/${id}/deliveries`).then(({ body }) => body.items);
    await expect.poll(async () => (await deliveries())[0].outcome).toBe('delivered');
    expect(await deliveries()).toEqual([
      expect.objectContaining({
        messageId: message.headers['webhook-id'],
        ...{ type: 'workload.cancelled', subject: workload, tries: 1, lastStatusCode: 204 },
      }),
    ]);
  });

  it('never show their secret again: not when read, listed, changed, in the log or to auditors', async () => {
    const { id, secret } = (await create()).body;
    const rotated = (await act(id, 'rotate-secret', {})).body.secret;
    const auditor = await api.platformToken('auditor');
    const answers = [
      await get(`/${id}`),
      await get(''),
      await get(`/${id}/deliveries`),
      await withTag('PATCH', `/${id}`, '*', { messageTypes: ['batch.failed'] }),
      await act(id, 'enable'),
      await api.get(`/v1/audit/events?stream=${id}`, auditor),
    ];
    const stored = [
      await worker.stores.pool.query(`SELECT encode(sealed, 'escape'), encode(sealed, 'hex')
                                         FROM webhooks.secrets`),
      await worker.stores.pool.query('SELECT * FROM log.events'),
      await worker.stores.pool.query('SELECT * FROM log.contents'),
    ].map(({ rows }) => JSON.stringify(rows));
    const everything = [...answers.map(({ text }) => text), ...stored, ...worker.lines].join('\n');
    for (const one of [secret, rotated]) {
      const bytes = Buffer.from(one.slice('whsec_'.length), 'base64');
      for (const told of [one, bytes.toString('hex'), bytes.toString('base64')]) {
        expect(everything).not.toContain(told);
      }
    }
    for (const said of [stored[1], ...worker.lines]) {
      expect(said).not.toContain(receiver.url(path));
    }
  });

  it('are signed with both secrets while one takes the place of the other', async () => {
    const { id, secret } = (await create()).body;
    const rotated = await act(id, 'rotate-secret', { overlapSeconds: 3_600 });
    expect(rotated.body.secrets).toEqual([
      { version: 2, signsUntil: null },
      { version: 1, signsUntil: expect.any(String) },
    ]);
    await end();
    const [first] = await heard(1);
    for (const one of [secret, rotated.body.secret]) verify(one, first as Heard);
    let leaked = '';
    const rotate = () => act(id, 'rotate-secret', { overlapSeconds: 0 });
    // Once the pause since the rotation before is over.
    await expect.poll(async () => (leaked = (await rotate()).body.secret)).toMatch(/^whsec_/);
    await end();
    const [, second] = await heard(2);
    verify(leaked, second as Heard);
    for (const one of [secret, rotated.body.secret]) {
      expect(() => verify(one, second as Heard)).toThrow();
    }
  });

  it('keep no secret of a rotation that was refused, however many are asked for at once', async () => {
    const { id } = (await create()).body;
    const asked = Array.from({ length: 32 }, () => act(id, 'rotate-secret', {}));
    const refused = (await Promise.all(asked)).filter(({ status }) => status !== 200);
    const codes = new Set(refused.map(({ body }) => body.code));
    expect(codes).toContain('WEBHOOK_ROTATION_TOO_SOON');
    for (const { status } of refused) expect(status).toBe(409);
    const kept = async () => {
      const text = 'SELECT in_use FROM webhooks.secrets WHERE webhook = $1';
      const { rows } = await worker.stores.pool.query<{ in_use: boolean }>(text, [id]);
      return rows.map((row) => row.in_use);
    };
    const { secrets } = (await get(`/${id}`)).body;
    await expect.poll(kept).toEqual(secrets.map(() => true));
  });

  it('repeat a message under the same id until it is accepted', async () => {
    const { id, secret } = (await create()).body;
    receiver.answers.push(500);
    await end();
    await heard(1);
    const due = `UPDATE webhooks.messages SET due_at = now() WHERE claim IS NULL AND webhook = $1`;
    await expect
      .poll(async () => (await get(`/${id}/deliveries`)).body.items[0])
      .toMatchObject({ outcome: 'waiting', tries: 1, lastStatusCode: 500 });
    await worker.stores.pool.query(due, [id]);
    const [one, two] = await heard(2);
    expect(two?.headers['webhook-id']).toBe(one?.headers['webhook-id']);
    expect(two?.body).toBe(one?.body);
    verify(secret, two as Heard);
  });

  it('are disabled when their receiver wants nothing more, and go on when enabled', async () => {
    const { id } = (await create()).body;
    receiver.answers.push(410);
    await end();
    await expect.poll(async () => (await get(`/${id}`)).body.status).toBe('disabled');
    expect((await get(`/${id}`)).body.disabled).toMatchObject({ cause: 'gone', failures: 1 });
    const [, disabled] = await api.log.readStream(tenant.id, id);
    expect(disabled?.metadata.actor).toEqual({ kind: 'system', id: 'webhooks' });
    await end();
    const test = await act(id, 'test');
    expect(test.status).toBe(202);
    const [, tested] = await heard(2);
    expect(tested?.headers['webhook-id']).toBe(test.body.messageId);
    expect(JSON.parse(tested?.body ?? '')).toMatchObject({ type: 'webhook.test', data: { id } });
    const soon = await act(id, 'test');
    expect([soon.status, soon.body.code]).toEqual([409, 'WEBHOOK_TEST_TOO_SOON']);
    expect((await act(id, 'enable')).body).toMatchObject({ status: 'enabled', disabled: null });
    const last = await end();
    const messages = await heard(3);
    expect(JSON.parse(messages.at(-1)?.body ?? '').data.id).toBe(last);
  });

  it('are disabled and enabled by their tenant, with the tenant as the one who did it', async () => {
    const { id } = (await create()).body;
    const disabled = await act(id, 'disable');
    expect([disabled.status, disabled.headers.get('etag')]).toEqual([200, '"2"']);
    expect(disabled.body).toMatchObject({
      status: 'disabled',
      disabled: { cause: 'tenant', failures: 0, failingSince: null },
    });
    expect((await act(id, 'disable')).body).toEqual(disabled.body);
    const events = await api.log.readStream(tenant.id, id);
    expect(events.map(({ event }) => event.type)).toEqual([
      'WebhookCreated',
      'WebhookDisabledByTenant',
    ]);
    expect(events[1]?.metadata.actor).toMatchObject({ kind: 'tenant' });
    await end();
    expect((await act(id, 'enable')).body).toMatchObject({ status: 'enabled', disabled: null });
    const last = await end();
    const [message] = await heard(1);
    expect(JSON.parse(message?.body ?? '').data.id).toBe(last);
  });

  it('send a message again that was accepted, under the same id, however often that is asked', async () => {
    const { id, secret } = (await create()).body;
    await end();
    const [first] = await heard(1);
    const messageId = first?.headers['webhook-id'] as string;
    const outcome = async () => (await get(`/${id}/deliveries`)).body.items[0]?.outcome;
    await expect.poll(outcome).toBe('delivered');
    const those = (what: string) => get(`/${id}/deliveries?outcome=${what}`);
    const found = [await those('delivered'), await those('given-up'), await those('lost')];
    expect(found.map(({ body }) => body.items?.length)).toEqual([1, 0, undefined]);
    const resend = (message: string) => act(id, `deliveries/${message}/resend`);
    for (const { status, body } of [await resend(messageId), await resend(messageId)]) {
      expect([status, body]).toEqual([202, { messageId }]);
    }
    const [, second] = await heard(2);
    expect([second?.headers['webhook-id'], second?.body]).toEqual([messageId, first?.body]);
    verify(secret, second as Heard);
    const events = await api.log.readStream(tenant.id, id);
    expect(events.map(({ event }) => event.type)).toEqual([
      'WebhookCreated',
      'WebhookResendRequested',
    ]);
    await expect.poll(outcome).toBe('delivered');
    expect(receiver.at(path)).toHaveLength(2);
    for (const nothing of [`msg_${'0'.repeat(32)}`, 'msg_%00', 'x']) {
      const { status, body } = await resend(nothing);
      expect([status, body.code], nothing).toEqual([404, 'MESSAGE_NOT_FOUND']);
    }
    const resendOnce = async (now: string) => {
      const become = 'UPDATE webhooks.messages SET outcome = $2, ended_at = $3 WHERE webhook = $1';
      await worker.stores.pool.query(become, [id, now, now === 'waiting' ? null : new Date()]);
      return (await resend(messageId)).body.code;
    };
    expect(await resendOnce('left-out')).toBe('MESSAGE_LEFT_OUT');
    await act(id, 'disable');
    const codes = [await resendOnce('given-up'), await resendOnce('waiting')];
    expect(new Set(codes)).toEqual(new Set(['WEBHOOK_DISABLED']));
  });

  it('warn of an address that messages will not be sent to, and of no other', async () => {
    const failures = async (url: string) => {
      const { id, warnings } = (await create({ url })).body;
      expect((await get(`/${id}`)).body.warnings).toEqual(warnings);
      return warnings.map(({ failure }: { failure: string }) => failure);
    };
    expect(await failures('https://10.1.2.3/')).toEqual(['address-refused']);
    expect(await failures('http://hooks.example/')).toEqual(['https-required']);
    expect(await failures('https://localhost/')).toEqual(['name-not-found']);
    expect(await failures('https://hooks.example/')).toEqual([]);
  });

  it('are refused with everything that is wrong at once', async () => {
    const wrong = { url: 'ftp://hooks.example', messageTypes: ['workload.started'], more: 1 };
    const answer = await create(wrong);
    const pointers = answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort();
    expect([answer.status, pointers]).toEqual([400, ['/messageTypes/0', '/more', '/url']]);
    const misleading = ['\\@evil.example', '/a\r\nX-Evil: 1', '/\u202emoc', '/\u001b[31m'];
    const urls = ['https://a:b@hooks.example/', 'https://@hooks.example/', 'http:a@hooks.example'];
    const more = [
      'https://hooks.example/#x',
      'https://hooks.example/#',
      'https://hooks.example:0/',
    ];
    const hidden = misleading.map((text) => `https://hooks.example${text}`);
    for (const url of [...urls, ...more, ...hidden, 'nowhere']) {
      expect((await create({ url })).status, url).toBe(400);
    }
    const twice = ['batch.failed', 'batch.failed'];
    expect((await create({ messageTypes: twice })).status).toBe(400);
    expect((await create({ messageTypes: [] })).status).toBe(400);
  });

  it('show where they go as that is understood, however it was written', async () => {
    const { body } = await create({ url: 'https://\uff11\uff12\uff17.1:443/a/../b@c' });
    expect(body.url).toBe('https://127.0.0.1/b@c');
    const { body: changed } = await api.call('PATCH', `${ROUTE}/${body.id}`, {
      token: tenant.token,
      body: { url: 'https://HOOKS.example' },
    });
    expect(changed.url).toBe('https://hooks.example/');
    await api.call('DELETE', `${ROUTE}/${body.id}`, { token: tenant.token });
  });

  it('are created once under one idempotency key, whose second answer has no secret', async () => {
    const { id } = (await create({}, 'a-key')).body;
    const again = await create({}, 'a-key');
    expect([again.status, again.body]).toMatchObject([
      409,
      { code: 'WEBHOOK_ALREADY_CREATED', webhookId: id },
    ]);
    expect(again.text).not.toContain('whsec_');
    const other = await create({ messageTypes: ['batch.failed'] }, 'a-key');
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('change only for whoever has seen them as they are, and stay what a change leaves out', async () => {
    const { id } = (await create({ messageTypes: ['workload.cancelled'] })).body;
    const url = receiver.url(`${path}-moved`);
    const changed = await withTag('PATCH', `/${id}`, '"1"', { url });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    expect(changed.body).toMatchObject({ url, messageTypes: ['workload.cancelled'] });
    expect((await get(`/${id}`)).body).toEqual(changed.body);
    for (const [method, rest, body] of [
      ['PATCH', `/${id}`, { url }],
      ['POST', `/${id}/rotate-secret`, {}],
      ['DELETE', `/${id}`, undefined],
    ] as const) {
      const stale = await withTag(method, rest, '"1"', body);
      expect([stale.status, stale.body.code], rest).toEqual([412, 'PRECONDITION_FAILED']);
    }
    expect((await withTag('PATCH', `/${id}`, '"2"', {})).status).toBe(400);
    await end();
    await expect.poll(() => receiver.at(`${path}-moved`)).toHaveLength(1);
  });

  it('are listed as the command before has left them, and not when deleted', async () => {
    const list = async (token: string | null) => {
      const headers = { [TOKEN]: token ?? '' };
      const answer = await api.call('GET', ROUTE, { token: tenant.token, headers });
      return answer.body.items.map(({ id, url }: { id: string; url: string }) => [id, url]);
    };
    const [one, two] = [await create(), await create()];
    const url = receiver.url(path);
    expect(await list(two.headers.get(TOKEN))).toEqual([
      [two.body.id, url],
      [one.body.id, url],
    ]);
    const page = await get('?limit=1');
    expect(page.body.items[0].id).toBe(two.body.id);
    const next = await get(`?limit=1&cursor=${encodeURIComponent(page.body.nextCursor)}`);
    expect(next.body.items.map(({ id }: { id: string }) => id)).toEqual([one.body.id]);
    const deleted = await withTag('DELETE', `/${one.body.id}`, '*');
    expect(deleted.status).toBe(204);
    expect((await withTag('DELETE', `/${one.body.id}`, '*')).status).toBe(204);
    expect(await list(deleted.headers.get(TOKEN))).toEqual([[two.body.id, url]]);
    expect((await get(`/${one.body.id}`)).status).toBe(404);
    expect((await act(one.body.id, 'test')).status).toBe(404);
    expect((await get(`/${one.body.id}/deliveries`)).status).toBe(404);
  });

  it('are another tenant’s secret: every route answers as if there were none', async () => {
    const { id } = (await create()).body;
    const other = await api.tenant(operator);
    const nobody = `whk_${'0'.repeat(32)}`;
    const routes = [
      ['GET', ''],
      ['GET', '/deliveries'],
      ['PATCH', '', { messageTypes: ['batch.failed'] }],
      ['POST', '/rotate-secret', {}],
      ['POST', '/disable'],
      ['POST', '/enable'],
      ['POST', `/deliveries/msg_${'1'.repeat(32)}/resend`],
      ['POST', '/test'],
      ['DELETE', ''],
    ] as const;
    for (const [method, rest, body] of routes) {
      const ask = async (stream: string) => {
        const call = { token: other.token, ...(body === undefined ? {} : { body }) };
        const { status, text } = await api.call(method, `${ROUTE}/${stream}${rest}`, call);
        return [status, text.replaceAll(stream, 'ID')];
      };
      const [theirs, none] = [await ask(id), await ask(nobody)];
      expect(theirs, `${method} ${rest}`).toEqual(none);
      expect(theirs[0], `${method} ${rest}`).toBe(404);
    }
    expect((await api.get(ROUTE, other.token)).body.items).toEqual([]);
    expect(await api.log.readStream(tenant.id, id)).toHaveLength(1);
  });

  it('are not created for a suspended tenant, and bounded for every other', async () => {
    const asked = Array.from({ length: WEBHOOKS_MAX + 3 }, () => create());
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(WEBHOOKS_MAX);
    const refused = await create();
    expect([refused.status, refused.body]).toMatchObject([
      422,
      {
        code: 'QUOTA_EXCEEDED',
        quota: 'webhooks',
        limit: WEBHOOKS_MAX,
        use: WEBHOOKS_MAX,
        asked: 1,
      },
    ]);
    await api.post(`/v1/tenants/${tenant.id}/suspend`, operator, { reason: 'unpaid' });
    const suspended = await create();
    expect([suspended.status, suspended.body.code]).toEqual([403, 'TENANT_SUSPENDED']);
  });
});
