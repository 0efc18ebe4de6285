import { signingSecrets, type TimeMs, type WebhookState } from '@bulkhead/domain';
import type { Delivery } from '@bulkhead/event-store';
import { timeText } from '../sources.js';
import type { DeliveryView } from './delivery.schema.js';
import type { WebhookView } from './webhook.schema.js';

/** A webhook as its tenant sees it. */
export function webhookView(state: WebhookState, url: string | null, nowMs: TimeMs): WebhookView {
  const { webhookId, messageTypes, disabled, createdAtMs } = state;
  if (webhookId === null) throw new Error('there is no such webhook');
  return {
    id: webhookId,
    url,
    messageTypes: [...messageTypes],
    status: disabled === null ? 'enabled' : 'disabled',
    disabled:
      disabled === null
        ? null
        : {
            cause: disabled.cause,
            failures: disabled.failures,
            failingSince: timeText(disabled.failingSinceMs),
            disabledAt: timeText(disabled.atMs),
          },
    secrets: signingSecrets(state, nowMs).map(({ version, untilMs }) => ({
      version,
      signsUntil: untilMs === null ? null : timeText(untilMs),
    })),
    createdAt: timeText(createdAtMs),
  };
}

export function deliveryView(delivery: Delivery): DeliveryView {
  const { messageId, type, subject, outcome, tries, statusCode, cause } = delivery;
  const at = (timeMs: TimeMs | null) => (timeMs === null ? null : timeText(timeMs));
  return {
    ...{ messageId, type, subject, outcome, tries },
    lastTriedAt: at(delivery.triedAtMs),
    lastStatusCode: statusCode,
    lastFailure: cause,
    nextTryAt: at(delivery.dueAtMs),
    madeAt: timeText(delivery.madeAtMs),
    endedAt: at(delivery.endedAtMs),
  };
}
