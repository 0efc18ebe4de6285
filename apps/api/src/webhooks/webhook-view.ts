import { type AllowedNetworks, type ForeseenRefusal, foreseenRefusal } from '@bulkhead/addresses';
import {
  type Clock,
  type Disabling,
  signingSecrets,
  type TimeMs,
  type WebhookState,
} from '@bulkhead/domain';
import type { Delivery } from '@bulkhead/event-store';
import { timeText } from '../sources.js';
import type { DeliveryView } from './delivery.schema.js';
import type { WebhookView } from './webhook.schema.js';

export const WEBHOOK_VIEWS = Symbol('WEBHOOK_VIEWS');

/** Webhooks as their tenants see them: with what signs at this moment, and what is foreseen to fail. */
export class WebhookViews {
  constructor(
    private readonly clock: Clock,
    private readonly allowed: AllowedNetworks,
  ) {}

  /** @param url null where it was erased */
  of(state: WebhookState, url: string | null): WebhookView {
    const { webhookId, messageTypes, disabled, createdAtMs } = state;
    if (webhookId === null) throw new Error('there is no such webhook');
    return {
      id: webhookId,
      url,
      messageTypes: [...messageTypes],
      status: disabled === null ? 'enabled' : 'disabled',
      disabled: disabled === null ? null : disablingView(disabled),
      secrets: signingSecrets(state, this.clock()).map(({ version, untilMs }) => ({
        version,
        signsUntil: untilMs === null ? null : timeText(untilMs),
      })),
      createdAt: timeText(createdAtMs),
      warnings: url === null ? [] : this.warningsOf(url),
    };
  }

  private warningsOf(url: string): WebhookView['warnings'] {
    const foreseen = foreseenRefusal(new URL(url), this.allowed);
    return foreseen === null ? [] : [{ failure: foreseen, detail: FORESEEN[foreseen] }];
  }
}

const FORESEEN: Readonly<Record<ForeseenRefusal, string>> = {
  'address-refused':
    'The address is private, loopback, link-local or otherwise special, and the operator of the platform does not allow it: no message will be sent there.',
  'https-required':
    'The operator of the platform does not allow plain http there: no message will be sent. Use https.',
  'name-not-found':
    'Only a machine itself knows this name, and name servers do not: no message will be sent.',
};

function disablingView({ cause, failures, failingSinceMs, atMs }: Disabling) {
  const failingSince = failingSinceMs === null ? null : timeText(failingSinceMs);
  return { cause, failures, failingSince, disabledAt: timeText(atMs) };
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
