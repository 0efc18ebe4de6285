import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPool } from '../../../libs/event-store/src/pool.js';
import { ApiUnderTest, submission, webhookKey } from './api-under-test.js';
import { Receiver, WebhookWorker } from './webhook-worker.js';

const ROUTE = '/v1/webhooks';
let api: ApiUnderTest;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let receiver: Receiver;
let worker: WebhookWorker;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  tenant = await api.tenant(await api.platformToken('operator'));
  receiver = await Receiver.listen();
  worker = await WebhookWorker.start(api.database.workerUrl, webhookKey);
});
afterAll(async () => {
  await worker.stop();
  receiver.close();
  await api.stop();
});

const get = async (rest: string) => (await api.get(`${ROUTE}${rest}`, tenant.token)).body;
const act = (id: string, name: string) => api.post(`${ROUTE}/${id}/${name}`, tenant.token, {});

/** A workload that ends at once, because nothing is there that could run it. */
async function end(): Promise<void> {
  const { id } = (await api.post('/v1/workloads', tenant.token, submission())).body;
  await api.post(`/v1/workloads/${id}/cancel`, tenant.token, {});
}

async function erase(): Promise<void> {
  const admin = openPool({ url: api.database.databaseUrl, applicationName: 'erasure' });
  await admin.query('DELETE FROM log.contents WHERE tenant = $1', [tenant.id]);
  await admin.end();
}

it('a webhook whose URL was erased is disabled at its next message, and goes on with another URL and secret', async () => {
  const { id } = (await api.post(ROUTE, tenant.token, { url: receiver.url('/erased') })).body;
  await erase();
  await end();
  await expect.poll(async () => (await get(`/${id}`)).status).toBe('disabled');
  expect(await get(`/${id}`)).toMatchObject({
    url: null,
    disabled: { cause: 'content-erased', failures: 0 },
  });
  const told = async () => (await get(`/${id}/deliveries`)).items;
  await expect.poll(told).toMatchObject([{ outcome: 'dropped', lastFailure: 'content-erased' }]);

  const refused = await act(id, 'enable');
  expect([refused.status, refused.body.code]).toEqual([409, 'WEBHOOK_CONTENT_ERASED']);
  const url = receiver.url('/named-anew');
  await api.call('PATCH', `${ROUTE}/${id}`, { token: tenant.token, body: { url } });
  const { secret } = (await act(id, 'rotate-secret')).body;
  expect((await act(id, 'enable')).status).toBe(200);
  await end();
  await expect.poll(() => receiver.at('/named-anew')).toHaveLength(1);
  const [heard] = receiver.at('/named-anew');
  new Webhook(secret).verify(heard?.body ?? '', heard?.headers as Record<string, string>);
  expect(receiver.at('/erased')).toEqual([]);
});
