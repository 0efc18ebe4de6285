import {
  type Clock,
  type TenantId,
  type WebhookDisabled,
  type WebhookId,
  type WebhookState,
  webhookDecider,
} from '@bulkhead/domain';
import {
  type ClaimedMessage,
  type EventLog,
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

type Failed = WebhookDisabled['payload'];

/** Records that nothing more is sent to receivers that have failed for too long, or want no more. */
export async function disableFailing(parts: DisableParts): Promise<void> {
  const bounds = { givenUpMax: GIVEN_UP_MAX, failingMaxMs: FAILING_MAX_MS };
  for (const failing of await parts.store.failing(bounds)) {
    const { webhookId, tenantId, version, givenUp, failingSinceMs, isGone } = failing;
    const cause = isGone ? 'gone' : 'failures';
    const failed: Failed = { cause, failures: givenUp, failingSinceMs };
    // Where its tenant has changed or enabled it meanwhile, the consumer has yet to meet that.
    await disable(webhookId, tenantId, failed, parts, (read) => read.version === version);
  }
}

/**
 * Records at once that nothing can be sent any more to where a tenant's content was erased: time would not
 * bring its URL or secrets back. What waits is dropped with that.
 */
export async function disableErased(
  { webhookId, tenantId, state }: ClaimedMessage,
  parts: Omit<DisableParts, 'store'>,
): Promise<void> {
  const nowMs = parts.clock();
  const nothing = { cause: 'content-erased', failures: 0, failingSinceMs: nowMs } as const;
  await disable(webhookId, tenantId, nothing, parts, (read) => {
    // Its tenant has said where to, or drawn a secret, since then, which the consumer has yet to meet.
    const isSameSecret = read.state.secrets[0]?.secretId === state.secrets[0]?.secretId;
    return isSameSecret && read.state.contentPart === state.contentPart;
  });
}

async function disable(
  webhookId: WebhookId,
  tenantId: TenantId,
  failed: Failed,
  { log, clock, newId, logger }: Omit<DisableParts, 'store'>,
  isStillSo: (read: { readonly version: number; readonly state: WebhookState }) => boolean,
): Promise<void> {
  const fields = { webhook: webhookId, tenant: tenantId };
  try {
    const read = await log.readState(tenantId, webhookId, webhookDecider);
    if (!isStillSo(read)) return;
    const command = { kind: 'disable-webhook', ...failed, nowMs: clock() } as const;
    const decided = webhookDecider.decide(command, read.state);
    if (!decided.accepted || decided.events.length === 0) return;
    const { events } = decided;
    const { version: expectedVersion } = read;
    await log.append({
      streams: [{ owner: tenantId, stream: webhookId, expectedVersion, events }],
      metadata: because('webhooks', newId(), null),
    });
    logger.info({ ...fields, ...failed }, 'webhook disabled');
  } catch (error) {
    if (error instanceof VersionConflict) return;
    logger.warn({ ...fields, ...told(error) }, 'webhook was not disabled');
  }
}
