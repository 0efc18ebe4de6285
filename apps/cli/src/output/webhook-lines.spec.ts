import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import {
  deliveryLines,
  type ShownDelivery,
  type ShownWebhook,
  webhookLines,
  webhookListLines,
} from './webhook-lines.js';

const plain = pc.createColors(false);
const shown: ShownWebhook = {
  ...{ id: 'whk_1', url: 'https://hooks.example/', status: 'enabled', disabled: null },
  messageTypes: ['workload.failed', 'batch.failed'],
  warnings: [],
  secrets: [
    { version: 2, signsUntil: null },
    { version: 1, signsUntil: '2026-11-23T04:00:00.000Z' },
  ],
};
const delivery: ShownDelivery = {
  ...{ messageId: 'msg_1', type: 'batch.failed', subject: 'bat_1', outcome: 'delivered' },
  ...{ tries: 1, lastStatusCode: 204, lastFailure: null, nextTryAt: null },
  madeAt: '2026-11-22T04:00:00.000Z',
};

describe('webhooks for a person', () => {
  it('say of what they are told and what signs, and their secret where it was drawn just now', () => {
    const lines = [
      'whk_1  enabled  https://hooks.example/',
      '  told of    workload.failed, batch.failed',
      '  signs      secret 2',
      '  signs      secret 1 until 2026-11-23T04:00:00.000Z',
    ];
    expect(webhookLines(shown, plain)).toEqual(lines);
    expect(webhookLines({ ...shown, secret: 'whsec_abc' }, plain)).toEqual([
      ...lines,
      '  secret     whsec_abc',
      '             (shown this once)',
    ]);
  });

  it('say why they are disabled', () => {
    const [disabledAt, failingSince] = ['2026-11-22T04:00:00.000Z', '2026-11-19T04:00:00.000Z'];
    const disabled = { cause: 'failures', failures: 1, failingSince, disabledAt };
    const lineOf = (change: object) =>
      webhookLines({ ...shown, disabled: { ...disabled, ...change } }, plain)[2];
    expect(lineOf({})).toBe(
      `  disabled   ${disabledAt}: nothing was accepted since ${failingSince}, 1 message given up`,
    );
    expect(lineOf({ cause: 'gone' })).toBe(`  disabled   ${disabledAt}: the receiver answered 410`);
    expect(lineOf({ cause: 'content-erased', failures: 0 })).toBe(
      `  disabled   ${disabledAt}: its URL and secrets were erased`,
    );
    expect(lineOf({ cause: 'tenant', failures: 0, failingSince: null })).toBe(
      `  disabled   ${disabledAt}: as you wanted`,
    );
  });

  it('warn where nothing will arrive', () => {
    const warnings = [{ failure: 'https-required', detail: 'Use https.' }];
    const [, , line] = webhookLines({ ...shown, warnings }, plain);
    expect(line).toBe('  warning    https-required: Use https.');
  });

  it('are a row each in lists', () => {
    expect(webhookListLines([{ ...shown, url: null }], plain)).toEqual([
      'whk_1  enabled  (URL erased)',
    ]);
    expect(webhookListLines([], plain)).toEqual(['there is no webhook']);
  });

  it('have messages that say what became of them', () => {
    const refused = { ...delivery, lastStatusCode: null, lastFailure: 'tls', tries: 2 };
    const waiting = { ...refused, outcome: 'waiting', nextTryAt: '2026-11-22T04:00:30.000Z' };
    const row = 'batch.failed  bat_1  msg_1';
    expect(
      deliveryLines([delivery, waiting, { ...delivery, outcome: 'left-out', tries: 0 }], plain),
    ).toEqual([
      `2026-11-22T04:00:00.000Z  delivered  ${row}  (1 try: 204)`,
      `2026-11-22T04:00:00.000Z  waiting  ${row}  (2 tries: tls, next 2026-11-22T04:00:30.000Z)`,
      `2026-11-22T04:00:00.000Z  left-out  ${row}`,
    ]);
    expect(deliveryLines([], plain)).toEqual(['nothing was to be told in the last days']);
  });
});
