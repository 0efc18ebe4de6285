import { type MessageStore, SecretBox } from '@bulkhead/event-store';
import type { Timers } from '../timers.js';
import type { WebhookSources } from './assemble-webhooks.js';
import { nameResolver } from './resolve-names.js';
import { sendMessage } from './send-message.js';
import type { WebhookSettings } from './webhook-settings.js';

/** The network as a worker's webhooks know it. */
export function webhookSources(
  { key, allowed }: WebhookSettings,
  store: MessageStore,
  timers: Timers,
): WebhookSources {
  const resolve = nameResolver();
  return {
    store,
    secretBox: new SecretBox(key),
    send: (url, body, headers, signal) =>
      sendMessage(url, body, headers, { resolve, allowed, timers, signal }),
  };
}
