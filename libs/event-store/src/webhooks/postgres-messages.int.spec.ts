import type { TenantId, WebhookId } from '@bulkhead/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idOf, NOW_MS } from '../../../../test/domain/builders.js';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import type { ClaimedMessage } from './message-store.js';
import { OTHER, TENANT, WebhookWorld } from './webhook-world.contract.js';

let world: WebhookWorld;

beforeAll(async () => {
  world = await WebhookWorld.open();
});
beforeEach(async () => {
  await emptyDatabase(world.database.databaseUrl);
  world.reset();
});
afterAll(() => world.close());

const failed = { statusCode: 500, cause: null, isReceivers: true } as const;
const givenUp = { kind: 'given-up', isGone: false, ...failed } as const;
const tried = { kind: 'tried', pauseMs: 60_000, ...failed } as const;
const delivered = { kind: 'delivered', statusCode: 204 } as const;
const bounds = { givenUpMax: 5, failingMaxMs: 60_000 };

async function created(many: number, tenant = TENANT): Promise<WebhookId> {
  const webhook = await world.create(tenant);
  await world.succeed(many, tenant);
  await world.follow();
  return webhook;
}

async function claimed(): Promise<ClaimedMessage> {
  const [message] = await world.claim(undefined, { most: 1 });
  if (message === undefined) throw new Error('nothing was claimed');
  return message;
}

/** Lets claims end and messages become due. */
const wait = () =>
  world.admin.query(`UPDATE webhooks.messages SET due_at = due_at - interval '1 hour'`);

describe('messages that are due', () => {
  it('are claimed by one sender each, however many senders claim at once', async () => {
    await created(40);
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, at) => world.claim(`sender ${at}`, { most: 10 })),
    );
    const ids = claims.flat().map(({ messageId }) => messageId);
    expect([ids.length, new Set(ids).size]).toEqual([40, 40]);
    expect(await world.claim()).toEqual([]);
  });

  it('come with what is needed to sign and send them', async () => {
    const webhook = await created(1);
    const message = await claimed();
    const [secret] = message.state.secrets;
    expect(message).toMatchObject({
      webhookId: webhook,
      tenantId: TENANT,
      tries: 1,
      isTest: false,
    });
    expect(message.secrets[secret?.secretId ?? '']?.toString()).toBe(secret?.secretId);
  });

  it('come with the secrets that their webhook signs with, and with no other that is kept', async () => {
    const webhook = await created(1);
    for (let time = 0; time < 3; time += 1) await world.keep(webhook);
    const { secrets, state } = await claimed();
    expect(Object.keys(secrets)).toEqual(state.secrets.map(({ secretId }) => secretId));
  });

  it('are claimed again when the claim of a dead sender has ended, as the same message', async () => {
    await created(1);
    const first = await claimed();
    await wait();
    const second = await claimed();
    expect(second).toMatchObject({ messageId: first.messageId, body: first.body, tries: 2 });
    await world.store.note(first, delivered);
    expect((await world.messages())[0]).toMatchObject({ outcome: 'waiting' });
    await world.store.note(second, delivered);
    expect((await world.messages())[0]).toMatchObject({ outcome: 'delivered', status_code: 204 });
    await wait();
    expect(await world.claim()).toEqual([]);
  });

  it('are given back by a sender that stops, as if they had not been tried', async () => {
    await created(1);
    await world.store.note(await claimed(), { kind: 'released' });
    expect(await claimed()).toMatchObject({ tries: 1 });
  });

  it('are due at the very moment in which they are given back, not at the millisecond that is nearest', async () => {
    await created(20);
    for (const message of await world.claim())
      await world.store.note(message, { kind: 'released' });
    const { rows } = await world.admin.query(
      `SELECT count(*) FILTER (WHERE due_at <> date_trunc('milliseconds', due_at))::integer AS exact
         FROM webhooks.messages`,
    );
    expect(rows[0].exact).toBeGreaterThan(0);
  });

  it('are no more at a time of one tenant and one webhook than the bounds say, over all senders', async () => {
    const [one, two] = [await created(20), await created(5)];
    const others = await created(20, OTHER);
    const few = { ofTenantMax: 6, ofWebhookMax: 4 };
    const claims = await Promise.all([1, 2, 3].map(() => world.claim(undefined, few)));
    const all = claims.flat();
    const of = (webhook: WebhookId) => all.filter(({ webhookId }) => webhookId === webhook).length;
    expect(Math.max(of(one), of(two))).toBeLessThanOrEqual(4);
    expect([of(one) + of(two), of(others)]).toEqual([6, 4]);
  });

  it('are taken in turns of tenants, however many of one came first', async () => {
    await created(50);
    await created(1, OTHER);
    const turns = await world.claim(undefined, { most: 2 });
    expect(new Set(turns.map(({ tenantId }) => tenantId))).toEqual(new Set([TENANT, OTHER]));
  });

  it('of a tenant that holds no place come before those of tenants that hold many, however long these wait', async () => {
    const slow = [TENANT, idOf('ten', 3) as TenantId];
    for (const tenant of slow) await created(20, tenant);
    const places = { ofTenantMax: 4, ofWebhookMax: 4 };
    const taken = [...(await world.claim(undefined, { ...places, most: 8 }))];
    expect(taken).toHaveLength(8);
    await created(2, OTHER);
    for (const tenantId of [OTHER, OTHER, TENANT]) {
      const freed = taken.find((message) => message.tenantId === TENANT);
      if (freed === undefined) throw new Error('nothing was taken');
      taken.splice(taken.indexOf(freed), 1);
      await world.store.note(freed, delivered);
      const claims = await world.claim(undefined, { ...places, most: 1 });
      expect(claims.map((message) => message.tenantId)).toEqual([tenantId]);
    }
  });

  it('take their turns where more tenants wait than there are places', async () => {
    const tenants = [TENANT, OTHER, idOf('ten', 3) as TenantId];
    for (const tenant of tenants) await created(3, tenant);
    const served: TenantId[] = [];
    for (let time = 0; time < 6; time += 1) {
      const message = await claimed();
      served.push(message.tenantId);
      await world.store.note(message, delivered);
    }
    expect(served).toEqual([...tenants, ...tenants]);
  });

  it('go one by one to a receiver that fails, until it accepts one', async () => {
    await created(4);
    await world.store.note(await claimed(), tried);
    expect(await world.claim()).toHaveLength(1);
    expect(await world.claim()).toEqual([]);
    await wait();
    await world.store.note(await claimed(), delivered);
    await wait();
    expect(await world.claim()).toHaveLength(3);
  });
});

describe('a receiver', () => {
  it('has failed for too long when so many messages in a row were given up', async () => {
    const webhook = await created(12);
    for (let time = 0; time < 4; time += 1) await world.store.note(await claimed(), givenUp);
    expect(await world.store.failing(bounds)).toEqual([]);
    await world.store.note(await claimed(), delivered);
    for (let time = 0; time < 5; time += 1) await world.store.note(await claimed(), givenUp);
    const failing = { webhookId: webhook, tenantId: TENANT, version: 1, givenUp: 5, isGone: false };
    expect(await world.store.failing(bounds)).toMatchObject([failing]);
  });

  it('has failed for too long when nothing was accepted for so long and something still waits', async () => {
    await created(2);
    await world.store.note(await claimed(), tried);
    const longAgo = `UPDATE webhooks.endpoints SET failing_since = now() - interval '1 hour'`;
    await world.admin.query(longAgo);
    expect(await world.store.failing(bounds)).toEqual([]);
    await wait();
    await world.store.note(await claimed(), tried);
    await wait();
    await world.store.note(await claimed(), tried);
    expect(await world.store.failing(bounds)).toHaveLength(1);
  });

  it('that wants nothing more is done with at once; a test or a fault of ours says nothing of it', async () => {
    const webhook = await created(2);
    await world.store.note(await claimed(), { ...givenUp, isReceivers: false });
    await world.act(TENANT, webhook, { kind: 'request-webhook-test', nowMs: NOW_MS });
    await world.follow();
    for (const message of await world.claim()) {
      if (message.isTest) await world.store.note(message, { ...givenUp, isGone: true });
    }
    expect(await world.endpoint(webhook)).toMatchObject({ given_up: 0, failing_since: null });
    await wait();
    await world.store.note(await claimed(), { ...givenUp, isGone: true });
    expect(await world.store.failing(bounds)).toMatchObject([{ isGone: true }]);
    await world.act(TENANT, webhook, {
      ...{ kind: 'change-webhook', messageTypes: null, nowMs: NOW_MS },
      contentSha256: 'b'.repeat(64),
    });
    await world.follow();
    expect(await world.store.failing(bounds)).toEqual([]);
  });
});

describe('messages that have ended', () => {
  it('are forgotten after their days, in bounded steps, and none that waits', async () => {
    await created(4);
    for (let time = 0; time < 3; time += 1) await world.store.note(await claimed(), delivered);
    expect(await world.store.sweep(7, 100)).toBe(0);
    await world.admin.query(`UPDATE webhooks.messages SET ended_at = ended_at - interval '7 days',
                                    made_at = made_at - interval '8 days'`);
    expect([await world.store.sweep(7, 2), await world.store.sweep(7, 2)]).toEqual([2, 1]);
    expect(await world.messages()).toHaveLength(1);
  });
});
