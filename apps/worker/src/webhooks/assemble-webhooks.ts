import type { Clock, UuidSource } from '@bulkhead/domain';
import type { EventLog, MessageStore, SecretBox } from '@bulkhead/event-store';
import type { Component } from '../keep-running.js';
import type { Logger } from '../logging.js';
import type { Timers } from '../timers.js';
import type { Send } from './deliver.js';
import { messageSweep } from './message-sweep.js';
import { WebhookSender } from './webhook-sender.js';

/** What telling tenants takes from the world around the worker. */
export interface WebhookSources {
  readonly store: MessageStore;
  readonly secretBox: SecretBox;
  readonly send: Send;
}

interface Surroundings {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly steadyClock: Clock;
  readonly timers: Timers;
  readonly newUuid: UuidSource;
  readonly chance: () => number;
  readonly logger: Logger;
}

interface Webhooks {
  readonly sender: WebhookSender | null;
  readonly components: readonly Component[];
}

/** What sends messages, and what forgets them. */
export function assembleWebhooks(
  webhooks: WebhookSources | undefined,
  { log, clock, steadyClock, timers, newUuid, logger, chance }: Surroundings,
): Webhooks {
  if (webhooks === undefined) return { sender: null, components: [] };
  const shared = { ...webhooks, log, clock, steadyClock, timers, newId: newUuid, logger, chance };
  const sender = new WebhookSender(shared);
  return { sender, components: [sender, messageSweep({ ...webhooks, timers, logger })] };
}
