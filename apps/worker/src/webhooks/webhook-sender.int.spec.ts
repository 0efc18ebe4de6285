import { randomBytes } from 'node:crypto';
import type { TenantId, WebhookId } from '@bulkhead/domain';
import { SECRET_NONCE_BYTES, SecretBox } from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  TENANT,
  WebhookWorld,
} from '../../../../libs/event-store/src/webhooks/webhook-world.contract.js';
import { idOf, NOW_MS } from '../../../../test/domain/builders.js';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { realClock, realSteadyClock, realTimers } from '../real-time.js';
import type { Send } from './deliver.js';
import { GIVEN_UP_MAX } from './disable-failing.js';
import { RETRY_PAUSES_MS } from './retry-schedule.js';
import { SENDS_MAX, SENDS_OF_WEBHOOK_MAX, WebhookSender } from './webhook-sender.js';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const box = new SecretBox(randomBytes(32));
const TRIES = RETRY_PAUSES_MS.length + 1;

let world: WebhookWorld;
let stop: () => Promise<void> = async () => {};

beforeAll(async () => {
  world = await WebhookWorld.open();
  world.seal = (place) =>
    box.seal(place, `whsec_${randomBytes(32).toString('base64')}`, randomBytes(SECRET_NONCE_BYTES));
});
beforeEach(async () => {
  await emptyDatabase(world.database.databaseUrl);
  world.reset();
});
afterEach(() => stop());
afterAll(() => world.close());

/** A sender on a network that answers what the test says. */
function start(send: Send, secretBox = box): WebhookSender {
  const { store, log } = world;
  const sender = new WebhookSender({
    ...{ store, log, secretBox, send, newId: v7, chance: () => 0.5, logger: quiet },
    ...{ clock: realClock, steadyClock: realSteadyClock, timers: realTimers },
  });
  const stopping = new AbortController();
  const running = sender.run(stopping.signal);
  stop = async () => {
    stopping.abort();
    await running;
  };
  return sender;
}

async function created(messages: number): Promise<WebhookId> {
  const webhook = await world.create();
  await world.succeed(messages);
  await world.follow();
  return webhook;
}

/** Makes what waits for its next try due, and the next try the last one. */
const lastTry = () =>
  world.admin.query(
    `UPDATE webhooks.messages SET due_at = now(), tries = $1 WHERE outcome = 'waiting'`,
    [TRIES - 1],
  );

const outcomes = async () => (await world.messages()).map(({ outcome }) => outcome);
const typesOf = async (webhook: WebhookId) =>
  (await world.log.readStream(TENANT, webhook)).map(({ event }) => event.type);
const refuse: Send = async () => ({ kind: 'failed', because: 'no-connection' });

describe('a sender', () => {
  it('gives a message up after its last try, and disables a webhook once so many in a row were', async () => {
    const webhook = await created(GIVEN_UP_MAX);
    await lastTry();
    start(refuse);
    const ended = Array(GIVEN_UP_MAX).fill('given-up');
    await expect.poll(outcomes).toEqual(ended);
    await expect.poll(() => typesOf(webhook)).toEqual(['WebhookCreated', 'WebhookDisabled']);
    const [, disabled] = await world.log.readStream(TENANT, webhook);
    expect(disabled?.event.payload).toMatchObject({ cause: 'failures', failures: GIVEN_UP_MAX });
  });

  it('does not disable what its tenant has changed since the last failure', async () => {
    const webhook = await created(GIVEN_UP_MAX);
    await lastTry();
    await world.act(TENANT, webhook, {
      ...{ kind: 'change-webhook', messageTypes: null, nowMs: NOW_MS },
      contentSha256: 'b'.repeat(64),
    });
    start(refuse);
    await expect.poll(outcomes).toEqual(Array(GIVEN_UP_MAX).fill('given-up'));
    await stop();
    expect(await typesOf(webhook)).toEqual(['WebhookCreated', 'WebhookChanged']);
    await world.follow();
    expect(await world.endpoint(webhook)).toMatchObject({ given_up: 0, failing_since: null });
  });

  it('holds nothing against a receiver when the fault is on this side', async () => {
    const webhook = await created(GIVEN_UP_MAX);
    await lastTry();
    let sent = 0;
    const count: Send = async () => {
      sent += 1;
      return { kind: 'answered', status: 204, retryAfterMs: null };
    };
    start(count, new SecretBox(randomBytes(32)));
    await expect.poll(outcomes).toEqual(Array(GIVEN_UP_MAX).fill('given-up'));
    expect((await world.messages())[0]).toMatchObject({ cause: 'unsendable' });
    expect([sent, await typesOf(webhook)]).toEqual([0, ['WebhookCreated']]);
  });

  it('disables a webhook at once whose URL and secret were erased, and drops what was to be told', async () => {
    const webhook = await created(1);
    await world.admin.query('DELETE FROM log.contents WHERE tenant = $1', [TENANT]);
    expect(await world.messages()).toEqual([]);
    await world.succeed(3);
    await world.follow();
    start(refuse);
    await expect.poll(() => typesOf(webhook)).toEqual(['WebhookCreated', 'WebhookDisabled']);
    const [, disabled] = await world.log.readStream(TENANT, webhook);
    expect(disabled?.event.payload).toMatchObject({ cause: 'content-erased', failures: 0 });
    await expect
      .poll(async () => (await world.messages()).map(({ cause }) => cause))
      .toEqual(Array(3).fill('content-erased'));
    await world.follow();
    expect(await outcomes()).toEqual(Array(3).fill('dropped'));
    expect(await world.endpoint(webhook)).toMatchObject({ given_up: 0, failing_since: null });
  });

  it('leaves a webhook be whose tenant has named another URL since the erasure', async () => {
    const webhook = await created(1);
    await world.admin.query('DELETE FROM log.contents WHERE tenant = $1', [TENANT]);
    await world.succeed();
    await world.follow();
    await world.act(TENANT, webhook, {
      ...{ kind: 'change-webhook', messageTypes: null, nowMs: NOW_MS },
      contentSha256: 'b'.repeat(64),
    });
    start(refuse);
    await expect.poll(async () => (await world.messages())[0]?.cause).toBe('content-erased');
    await stop();
    expect(await typesOf(webhook)).toEqual(['WebhookCreated', 'WebhookChanged']);
  });

  it('gives back what it has not heard the end of when it stops', async () => {
    await created(2);
    const begun: AbortSignal[] = [];
    start((_url, _body, _headers, signal) => {
      begun.push(signal);
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ kind: 'failed', because: 'stopped' }));
      });
    });
    await expect.poll(() => begun.length).toBe(2);
    await stop();
    stop = async () => {};
    const released = { outcome: 'waiting', claim: null, tries: 0, cause: null };
    expect(await world.messages()).toMatchObject([released, released]);
    expect(await world.claim()).toHaveLength(2);
  });

  it('sends as many at once as it may without a warning of Node in the log', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => void warnings.push(warning);
    process.on('warning', warn);
    const tenants = Array.from({ length: 4 }, (_, at) => idOf('ten', at + 1) as TenantId);
    for (const tenant of tenants) {
      for (let time = 0; time < 2; time += 1) await world.create(tenant);
      await world.succeed(SENDS_OF_WEBHOOK_MAX, tenant);
    }
    await world.follow();
    let begun = 0;
    start(
      (_url, _body, _headers, signal) =>
        new Promise((resolve) => {
          begun += 1;
          signal.addEventListener('abort', () => resolve({ kind: 'failed', because: 'stopped' }));
        }),
    );
    await expect.poll(() => begun).toBe(SENDS_MAX);
    await stop();
    stop = async () => {};
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });
});
