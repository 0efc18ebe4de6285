import { setMaxListeners } from 'node:events';
import type { Clock } from '@bulkhead/domain';
import type { ClaimedMessage, EventLog, MessageStore } from '@bulkhead/event-store';
import { Bell } from '../bell.js';
import type { Component } from '../keep-running.js';
import { type Logger, told } from '../logging.js';
import { sleep, type Timers } from '../timers.js';
import { type DeliverParts, deliver } from './deliver.js';
import { disableErased, disableFailing } from './disable-failing.js';

/** Messages that one worker sends at a time. */
export const SENDS_MAX = 32;
/** Over all workers, so that neither a tenant nor an endpoint takes the turns of others. */
export const SENDS_OF_TENANT_MAX = 8;
export const SENDS_OF_WEBHOOK_MAX = 4;
/** A try and its note take less; after that another sender takes over from one that was killed. */
export const CLAIM_MS = 20_000;
/** How often senders look for what is due where nothing wakes them. */
export const SEND_POLL_MS = 1_000;
/** How often they look for receivers that have failed for too long, beside after each message given up. */
export const FAILING_POLL_MS = 30_000;
/** A sender that stops lets what it sends end for so long; what has not ended is another's to send. */
export const STOP_WITHIN_MS = 3_000;

export interface WebhookSenderParts extends Omit<DeliverParts, 'onGivenUp' | 'onErased'> {
  readonly store: MessageStore;
  readonly log: EventLog;
  readonly newId: () => string;
  readonly steadyClock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Sends messages that are due. Any number of workers do it at once: what is claimed by one is nobody
 * else's until the claim ends, so that each message is sent at least once, whoever is killed.
 */
export class WebhookSender implements Component {
  readonly name = 'webhooks';
  private readonly sending = new Set<Promise<void>>();
  private readonly bell: Bell;
  private looksAtMs = 0;

  constructor(private readonly parts: WebhookSenderParts) {
    this.bell = new Bell(parts.timers);
  }

  /** Messages were made, so that there is something to look for. */
  wake(): void {
    this.bell.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    const stopping = new AbortController();
    // Each message that is being sent listens, and Node warns of more than ten, in plain text.
    setMaxListeners(SENDS_MAX + 1, stopping.signal);
    try {
      while (!signal.aborted) {
        await this.disableFailing();
        const claimed = await this.claim(stopping.signal);
        if (claimed === 0) await this.bell.heard(SEND_POLL_MS, signal);
      }
    } finally {
      await this.finish(stopping);
    }
  }

  /** Claims as many as it may send, and begins to send them. */
  private async claim(stopping: AbortSignal): Promise<number> {
    const { store, newId } = this.parts;
    const most = SENDS_MAX - this.sending.size;
    if (most === 0) return 0;
    const bounds = { ofTenantMax: SENDS_OF_TENANT_MAX, ofWebhookMax: SENDS_OF_WEBHOOK_MAX };
    const messages = await store.claim(newId(), { most, ...bounds, claimMs: CLAIM_MS });
    const onGivenUp = () => this.lookSoon();
    const onErased = (of: ClaimedMessage) => disableErased(of, this.parts);
    for (const message of messages) {
      const sent = deliver(message, { ...this.parts, onGivenUp, onErased }, stopping)
        .catch((error: unknown) => {
          // Its claim ends by itself, and then it is sent again.
          const { webhookId: webhook, tenantId: tenant, correlationId } = message;
          const fields = { webhook, tenant, correlationId, ...told(error) };
          this.parts.logger.warn(fields, 'what became of a message was not noted');
        })
        .finally(() => {
          this.sending.delete(sent);
          this.bell.ring();
        });
      this.sending.add(sent);
    }
    return messages.length;
  }

  private lookSoon(): void {
    this.looksAtMs = 0;
    this.bell.ring();
  }

  private async disableFailing(): Promise<void> {
    const nowMs = this.parts.steadyClock();
    if (nowMs < this.looksAtMs) return;
    this.looksAtMs = nowMs + FAILING_POLL_MS;
    await disableFailing(this.parts);
  }

  private async finish(stopping: AbortController): Promise<void> {
    if (this.sending.size > 0) {
      const ended = Promise.all(this.sending);
      const over = new AbortController();
      await Promise.race([ended, sleep(this.parts.timers, STOP_WITHIN_MS, over.signal)]);
      over.abort();
      stopping.abort();
      await ended;
    }
  }
}
