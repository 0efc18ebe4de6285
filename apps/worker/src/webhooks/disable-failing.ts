import { type Clock, webhookDecider } from '@bulkhead/domain';
import {
  type EventLog,
  type FailingWebhook,
  type MessageStore,
  VersionConflict,
} from '@bulkhead/event-store';
import { because } from '../because.js';
import { type Logger, told } from '../logging.js';

/** Messages in a row that were given up, each after all its tries. */
export const GIVEN_UP_MAX = 5;
/** How long nothing may be accepted while there is something to send. */
export const FAILING_MAX_MS = 3 * 24 * 60 * 60_000;

export interface DisableParts {
  readonly store: Pick<MessageStore, 'failing'>;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** Records that nothing more is sent to receivers that have failed for too long, or want no more. */
export async function disableFailing(parts: DisableParts): Promise<void> {
  const bounds = { givenUpMax: GIVEN_UP_MAX, failingMaxMs: FAILING_MAX_MS };
  for (const failing of await parts.store.failing(bounds)) await disable(failing, parts);
}

async function disable(
  { webhookId, tenantId, version, givenUp, failingSinceMs, isGone }: FailingWebhook,
  { log, clock, newId, logger }: DisableParts,
): Promise<void> {
  const fields = { webhook: webhookId, tenant: tenantId };
  try {
    const read = await log.readState(tenantId, webhookId, webhookDecider);
    // Its tenant has changed or enabled it meanwhile, which the consumer has yet to meet.
    if (read.version !== version) return;
    const cause = isGone ? 'gone' : 'failures';
    const failed = { cause, failures: givenUp, failingSinceMs } as const;
    const command = { kind: 'disable-webhook', ...failed, nowMs: clock() } as const;
    const decided = webhookDecider.decide(command, read.state);
    if (!decided.accepted || decided.events.length === 0) return;
    const { events } = decided;
    await log.append({
      streams: [{ owner: tenantId, stream: webhookId, expectedVersion: version, events }],
      metadata: because('webhooks', newId(), null),
    });
    logger.info({ ...fields, ...failed }, 'webhook disabled');
  } catch (error) {
    if (error instanceof VersionConflict) return;
    logger.warn({ ...fields, ...told(error) }, 'webhook was not disabled');
  }
}
