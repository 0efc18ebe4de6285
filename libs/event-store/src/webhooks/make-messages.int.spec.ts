import { ROTATION_PAUSE_MS, type WebhookId } from '@bulkhead/domain';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NOW_MS } from '../../../../test/domain/builders.js';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { discardSecret, keepSecret, UNUSED_SECRETS_MAX } from './keep-secret.js';
import { messageIdOf } from './message-of-event.js';
import { OTHER, TENANT, WebhookWorld } from './webhook-world.contract.js';

let world: WebhookWorld;
const nowMs = NOW_MS;

beforeAll(async () => {
  world = await WebhookWorld.open();
});
beforeEach(async () => {
  await emptyDatabase(world.database.databaseUrl);
  world.reset();
});
afterAll(() => world.close());

const failing = { cause: 'failures', failures: 5, failingSinceMs: nowMs } as const;
const told = async () => (await world.messages()).map(({ subject, outcome }) => [subject, outcome]);

describe('the messages of a tenant’s webhooks', () => {
  it('are made once for each end and webhook, however often the consumer comes by', async () => {
    const [one, two] = [await world.create(), await world.create()];
    await world.create(TENANT, ['batch.failed']);
    const [workload] = await world.succeed();
    for (let time = 0; time < 3; time += 1) await world.follow(undefined, 0);
    const messages = await world.messages();
    expect(messages.map(({ webhook }) => webhook)).toEqual([one, two]);
    expect(messages.map(({ message }) => message)).toEqual([
      messageIdOf(one, workload as string, 1),
      messageIdOf(two, workload as string, 1),
    ]);
    expect(JSON.parse(messages[0]?.['body'] as string)).toEqual({
      type: 'workload.succeeded',
      timestamp: new Date(NOW_MS).toISOString(),
      data: { id: workload, status: 'succeeded', attempt: 1 },
    });
  });

  it('tell nothing of what ended before it was created, or of another tenant', async () => {
    await world.succeed();
    await world.create();
    await world.succeed(1, OTHER);
    await world.follow();
    expect(await told()).toEqual([]);
  });

  it('are dropped where it is disabled, and go on with what ends after it was enabled again', async () => {
    const webhook = await world.create();
    const [waiting] = await world.succeed();
    await world.act(TENANT, webhook, { kind: 'disable-webhook', ...failing, nowMs });
    await world.succeed();
    await world.act(TENANT, webhook, { kind: 'request-webhook-test', nowMs });
    await world.follow();
    expect(await told()).toEqual([
      [waiting, 'dropped'],
      [webhook, 'waiting'],
    ]);
    await world.act(TENANT, webhook, { kind: 'enable-webhook', nowMs });
    const [after] = await world.succeed();
    await world.follow();
    expect((await told()).at(-1)).toEqual([after, 'waiting']);
  });

  it('are dropped as well where its tenant disables it', async () => {
    const webhook = await world.create();
    const [waiting] = await world.succeed();
    await world.act(TENANT, webhook, { kind: 'disable-own-webhook', nowMs });
    await world.succeed();
    await world.follow();
    expect(await told()).toEqual([[waiting, 'dropped']]);
  });

  it('wait again where their tenant wants them sent again, once for each time', async () => {
    const webhook = await world.create();
    const [workload] = await world.succeed();
    await world.follow();
    const messageId = messageIdOf(webhook, workload as string, 1);
    const resend = { kind: 'request-webhook-resend', messageId, nowMs } as const;
    const deliver = async () => {
      const [claimed] = await world.claim();
      if (claimed === undefined) throw new Error('nothing was to be sent');
      await world.store.note(claimed, { kind: 'delivered', statusCode: 204 });
      return claimed;
    };
    await deliver();
    await world.act(TENANT, webhook, resend);
    for (let time = 0; time < 2; time += 1) await world.follow(undefined, 0);
    expect(await told()).toEqual([[workload, 'waiting']]);
    expect(await deliver()).toMatchObject({ messageId, tries: 1 });
    await world.follow(undefined, 0);
    expect(await told()).toEqual([[workload, 'delivered']]);
    await world.act(TENANT, webhook, { ...resend, nowMs: nowMs + 60_000 });
    await world.act(TENANT, webhook, { kind: 'disable-own-webhook', nowMs });
    await world.follow();
    expect(await told()).toEqual([[workload, 'delivered']]);
  });

  it('are deleted with it, and its secrets as well', async () => {
    const webhook = await world.create();
    await world.keep(webhook);
    await world.succeed();
    await world.follow();
    await world.act(TENANT, webhook, { kind: 'delete-webhook', nowMs });
    await world.succeed();
    for (let time = 0; time < 2; time += 1) await world.follow(undefined, 0);
    expect(await world.messages()).toEqual([]);
    const { rows } = await world.worker.query('SELECT FROM webhooks.secrets');
    expect(rows).toEqual([]);
  });

  it('are bounded: what would wait behind too many is told of in the list alone', async () => {
    await world.create();
    await world.succeed(3);
    await world.follow(5);
    await world.succeed(4);
    await world.follow(5);
    const outcomes = (await told()).map(([, outcome]) => outcome);
    expect(outcomes).toEqual([...Array(5).fill('waiting'), 'left-out', 'left-out']);
  });

  it('are gone when what the tenant said of the webhook is erased', async () => {
    const webhook = await world.create();
    await world.succeed();
    await world.follow();
    await world.admin.query('DELETE FROM log.contents WHERE stream = $1', [webhook]);
    expect(await world.messages()).toEqual([]);
    expect((await world.worker.query('SELECT FROM webhooks.secrets')).rows).toEqual([]);
  });
});

describe('the secrets of a webhook', () => {
  const secrets = async () => {
    const text = 'SELECT secret_id, in_use FROM webhooks.secrets ORDER BY kept_at, secret_id';
    const { rows } = await world.worker.query(text);
    return rows.map(({ secret_id: id, in_use: inUse }) => [id, inUse]);
  };

  const rotate = (webhook: WebhookId, secretId: string, time: number) =>
    world.act(TENANT, webhook, {
      ...{ kind: 'rotate-webhook-secret', secretId, overlapMs: 1_000 },
      nowMs: nowMs + time * ROTATION_PAUSE_MS,
    });
  const rotated = async (webhook: WebhookId, time: number) => {
    const secretId = await world.keep(webhook);
    await rotate(webhook, secretId, time);
    return secretId;
  };
  const letHoursPass = () =>
    world.admin.query(`UPDATE webhooks.secrets SET kept_at = kept_at - interval '2 hours'`);
  const admit = (webhookId: WebhookId, webhooksMax: number | null, tenantId = TENANT) =>
    keepSecret(world.api, {
      ...{ tenantId, webhookId, webhooksMax },
      ...{ secretId: `${tenantId} ${webhookId} ${uuid()}`, sealed: Buffer.alloc(1) },
    });

  it('are deleted where the same batch of events has replaced them already', async () => {
    const webhook = await world.create();
    const ids: string[] = [];
    for (let time = 0; time < 8; time += 1) ids.push(await rotated(webhook, time));
    await world.follow();
    expect(await secrets()).toEqual(ids.slice(-3).map((id) => [id, true]));
  });

  it('stay while no consumer runs, however long, and their webhooks count as long', async () => {
    const webhooks = [await world.create(), await world.create()];
    const [first] = webhooks as [WebhookId];
    await letHoursPass();
    const last = await rotated(first, 0);
    await letHoursPass();
    expect(await admit('whk_another', 2)).toEqual({ refused: true, webhooks: 2 });
    expect(await admit(first, null)).toMatchObject({ refused: false });
    await world.succeed();
    await world.follow();
    const claimed = await world.claim();
    // Both tell of one end, and which of them is claimed first means nothing.
    expect(claimed.map(({ webhookId }) => webhookId).sort()).toEqual(webhooks);
    for (const { state, secrets } of claimed) {
      expect(Object.keys(secrets).sort()).toEqual(state.secrets.map((s) => s.secretId).sort());
    }
    const ofFirst = claimed.find(({ webhookId }) => webhookId === first);
    expect(ofFirst?.state.secrets[0]?.secretId).toBe(last);
  });

  it('make room for new webhooks where one was deleted before any consumer met it', async () => {
    const webhook = await world.create();
    await world.act(TENANT, webhook, { kind: 'delete-webhook', nowMs });
    expect(await admit('whk_another', 1)).toEqual({ refused: false, webhooks: 0 });
  });

  it('are no more of one webhook than so many that no message is signed with yet', async () => {
    const webhook = await world.create();
    await world.follow();
    const asked = Array.from({ length: UNUSED_SECRETS_MAX + 6 }, () => admit(webhook, null));
    const kept = (await Promise.all(asked)).filter(({ refused }) => !refused);
    expect(kept).toHaveLength(UNUSED_SECRETS_MAX);
    await letHoursPass();
    expect(await admit(webhook, null)).toMatchObject({ refused: false });
    expect(await secrets()).toHaveLength(2);
  });

  it('are forgotten at once where their rotation was refused, and never where it was recorded', async () => {
    const webhook = await world.create();
    await world.follow();
    const [refused, recorded] = [await world.keep(webhook), await rotated(webhook, 0)];
    for (const secretId of [refused, recorded]) {
      await discardSecret(world.api, { tenantId: OTHER, secretId });
    }
    expect(await secrets()).toHaveLength(3);
    await discardSecret(world.api, { tenantId: TENANT, secretId: recorded });
    await discardSecret(world.api, { tenantId: TENANT, secretId: refused });
    expect((await secrets()).map(([id]) => id)).toContain(recorded);
    expect(await secrets()).toHaveLength(2);
  });

  it('are kept while they sign, and not those of a rotation that came to nothing', async () => {
    const webhook = await world.create();
    await world.follow();
    const ids: string[] = [];
    for (let time = 0; time < 3; time += 1) {
      const secretId = await world.keep(webhook);
      ids.push(secretId);
      await rotate(webhook, secretId, time);
    }
    const underWay = await world.keep(webhook);
    await world.follow();
    expect(await secrets()).toEqual([...ids.map((id) => [id, true]), [underWay, false]]);
    await world.admin.query(`UPDATE webhooks.secrets SET kept_at = kept_at - interval '2 hours'`);
    const next = await world.keep(webhook);
    expect(await secrets()).toEqual([...ids.map((id) => [id, true]), [next, false]]);
  });

  it('are never for the api to read', async () => {
    await world.create();
    await expect(world.api.query('SELECT * FROM webhooks.secrets')).rejects.toThrow('denied');
  });

  it('count new webhooks of a tenant one after the other, before any is recorded', async () => {
    await world.create();
    await world.follow();
    const admitted = await Promise.all(
      Array.from({ length: 12 }, (_, at) => admit(`whk_new${at}`, 4)),
    );
    expect(admitted.filter(({ refused }) => !refused)).toHaveLength(3);
    expect(await admit('whk_new99', 4)).toEqual({ refused: true, webhooks: 4 });
    expect(await admit('whk_new1', 4, OTHER)).toEqual({ refused: false, webhooks: 0 });
  });
});
