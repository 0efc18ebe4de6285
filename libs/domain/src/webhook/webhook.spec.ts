import { describe, expect, it } from 'vitest';
import { idOf, NOW_MS } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { expectTable } from '../../../../test/domain/state-table.js';
import { fold } from '../decider.js';
import type { WebhookId } from '../ids.js';
import { RESEND_PAUSE_MS, ROTATION_PAUSE_MS, TEST_PAUSE_MS, webhookDecider } from './decide.js';
import { messageTypeOf, messageTypes, toldEventTypes } from './message-types.js';
import { SIGNING_SECRETS_MAX, signingSecrets, webhookPhaseOf } from './state.js';
import { webhookTable } from './webhook-table.js';

const nowMs = NOW_MS;
const create = {
  kind: 'create-webhook',
  webhookId: idOf('whk', 1) as WebhookId,
  messageTypes: ['workload.failed', 'batch.succeeded'],
  contentSha256: 'a'.repeat(64),
  secretId: 'one',
  nowMs,
} as const;
const change = {
  kind: 'change-webhook',
  messageTypes: ['workload.succeeded'],
  contentSha256: 'b'.repeat(64),
  nowMs,
} as const;
const rotate = {
  kind: 'rotate-webhook-secret',
  secretId: 'two',
  overlapMs: 3_600_000,
  nowMs,
} as const;
const test = { kind: 'request-webhook-test', nowMs } as const;
const failing = { cause: 'failures', failures: 5, failingSinceMs: nowMs } as const;
const disable = { kind: 'disable-webhook', ...failing, nowMs } as const;
const resend = { kind: 'request-webhook-resend', messageId: 'msg_1', nowMs } as const;
const disableOwn = { kind: 'disable-own-webhook', nowMs } as const;
const enable = { kind: 'enable-webhook', nowMs } as const;
const remove = { kind: 'delete-webhook', nowMs } as const;

describe('a webhook', () => {
  const nothing = given(webhookDecider, []);
  const created = given(webhookDecider, nothing.when(create).history);

  it('answers every command by its table, in each of its phases', () => {
    const [E, N] = ['WEBHOOK_EXISTS', 'WEBHOOK_NOT_FOUND'];
    expectTable({
      ...{ decider: webhookDecider, phaseOf: webhookPhaseOf, table: webhookTable },
      waysInto: {
        absent: [[]],
        enabled: [[create], [create, disable, enable], [create, disableOwn, enable]],
        disabled: [
          [create, disable],
          [create, disableOwn],
        ],
        deleted: [
          [create, remove],
          [create, disable, remove],
        ],
      },
      commandsFor: () => ({
        'create-webhook': create,
        'change-webhook': change,
        'rotate-webhook-secret': rotate,
        'request-webhook-test': test,
        'request-webhook-resend': resend,
        'disable-webhook': disable,
        'disable-own-webhook': disableOwn,
        'enable-webhook': enable,
        'delete-webhook': remove,
      }),
      expected: {
        'create-webhook': ['>enabled', E, E, E],
        'change-webhook': [N, '>enabled', '>disabled', N],
        'rotate-webhook-secret': [N, '>enabled', '>disabled', N],
        'request-webhook-test': [N, '>enabled', '>disabled', N],
        'request-webhook-resend': [N, '>enabled', 'WEBHOOK_DISABLED', N],
        'disable-webhook': [N, '>disabled', '-', '-'],
        'disable-own-webhook': [N, '>disabled', '-', N],
        'enable-webhook': [N, '-', '>enabled', N],
        'delete-webhook': [N, '>deleted', '>deleted', '-'],
      },
    });
  });

  it('keeps where its URL stands in a part of its own each time, and says nothing of the URL', () => {
    const changed = given(webhookDecider, created.when(change).history).when(change);
    changed.thenEvents(['WebhookChanged', { content: { part: 2, sha256: 'b'.repeat(64) } }]);
    expect(JSON.stringify(changed.history)).not.toContain('http');
  });

  it('keeps what a change leaves out', () => {
    const none = {
      kind: 'change-webhook',
      messageTypes: null,
      contentSha256: null,
      nowMs,
    } as const;
    const after = fold(webhookDecider, created.when(none).history);
    expect(after).toMatchObject({ messageTypes: create.messageTypes, contentPart: 0 });
  });

  it('signs with the secret before as well, until its time is over, and never for longer', () => {
    const second = { nowMs: nowMs + ROTATION_PAUSE_MS, overlapMs: 7_200_000 - ROTATION_PAUSE_MS };
    const history = [rotate, { ...rotate, ...second, secretId: 'three' }].reduce(
      (earlier, command) => given(webhookDecider, earlier).when(command).history,
      created.when({ ...test }).history,
    );
    const state = fold(webhookDecider, history);
    const at = (afterMs: number) => signingSecrets(state, nowMs + afterMs).map((s) => s.secretId);
    expect(at(0)).toEqual(['three', 'two', 'one']);
    expect(at(3_600_000)).toEqual(['three', 'two']);
    expect(at(7_200_000)).toEqual(['three']);
    const more = given(webhookDecider, history).when({
      ...rotate,
      nowMs: nowMs + 2 * ROTATION_PAUSE_MS,
      secretId: 'four',
    }).history;
    expect(fold(webhookDecider, more).secrets).toHaveLength(SIGNING_SECRETS_MAX);
  });

  it('does not draw one secret after the other without a pause', () => {
    const rotated = given(webhookDecider, created.when(rotate).history);
    const later = (ms: number) => ({ ...rotate, secretId: 'three', nowMs: nowMs + ms });
    rotated.when(later(ROTATION_PAUSE_MS - 1)).thenRejected('WEBHOOK_ROTATION_TOO_SOON');
    const again = rotated.when(later(ROTATION_PAUSE_MS)).history.at(-1);
    expect(again?.payload).toMatchObject({ secretVersion: 3, secretId: 'three' });
  });

  it('is not tested again at once', () => {
    const tested = given(webhookDecider, created.when(test).history);
    const later = (ms: number) => ({ ...test, nowMs: nowMs + ms });
    tested.when(later(TEST_PAUSE_MS - 1)).thenRejected('WEBHOOK_TEST_TOO_SOON');
    tested.when(later(TEST_PAUSE_MS)).thenEvents(['WebhookTestRequested', {}]);
  });

  it('is tested, rotated and resent once the pause is over, also where the last time was told by a clock far ahead', () => {
    const ahead = { nowMs: nowMs + 3_600_000 };
    const tested = given(webhookDecider, created.when({ ...test, ...ahead }).history);
    tested.when(test).thenEvents(['WebhookTestRequested', {}]);
    const rotated = given(webhookDecider, created.when({ ...rotate, ...ahead }).history);
    expect(rotated.when({ ...rotate, secretId: 'three' }).history.at(-1)?.type).toBe(
      'WebhookSecretRotated',
    );
    const resent = given(webhookDecider, created.when({ ...resend, ...ahead }).history);
    resent
      .when({ ...resend, messageId: 'msg_2' })
      .thenEvents(['WebhookResendRequested', { messageId: 'msg_2' }]);
  });

  it('sends messages again one after the other, and the same one once, however often it is asked', () => {
    const resent = given(webhookDecider, created.when(resend).history);
    const later = (ms: number, messageId: string) => ({ ...resend, messageId, nowMs: nowMs + ms });
    resent.when(later(RESEND_PAUSE_MS - 1, 'msg_1')).thenEvents();
    resent.when(later(RESEND_PAUSE_MS - 1, 'msg_2')).thenRejected('WEBHOOK_RESEND_TOO_SOON');
    for (const messageId of ['msg_1', 'msg_2']) {
      const again = resent.when(later(RESEND_PAUSE_MS, messageId));
      again.thenEvents(['WebhookResendRequested', { messageId }]);
    }
    expect(fold(webhookDecider, resent.when(resend).history).revision).toBe(1);
  });

  it('says of one that its tenant disabled that no failure is behind it', () => {
    const { disabled } = fold(webhookDecider, created.when(disableOwn).history);
    expect(disabled).toEqual({
      ...{ cause: 'tenant', failures: 0, failingSinceMs: null, atMs: nowMs },
    });
  });
});

describe('what a tenant is told of', () => {
  it('is the end of workloads and batches, each by its own event', () => {
    expect(new Set(messageTypes).size).toBe(toldEventTypes.length);
    expect(toldEventTypes.map(messageTypeOf)).toEqual(messageTypes);
    expect(messageTypeOf('WorkloadPlaced')).toBeNull();
  });
});
