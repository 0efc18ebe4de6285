import {
  type TenantId,
  type WebhookCommand,
  type WebhookId,
  webhookDecider,
} from '@bulkhead/domain';
import { idOf } from './builders.js';
import type { World } from './world.js';

/** One that is changed, disabled and enabled again, first for its receiver and then by its tenant, and deleted in the end. */
export function changedWebhook(world: World, tenantId: TenantId): void {
  const { nowMs } = world;
  const webhookId = idOf('whk', 1) as WebhookId;
  const wanted = {
    messageTypes: ['workload.failed'],
    contentSha256: 'a'.repeat(64),
    nowMs,
  } as const;
  const failing = { cause: 'failures', failures: 5, failingSinceMs: nowMs } as const;
  const acts: readonly WebhookCommand[] = [
    { kind: 'create-webhook', webhookId, secretId: 'one', ...wanted },
    { kind: 'change-webhook', ...wanted },
    { kind: 'rotate-webhook-secret', secretId: 'two', overlapMs: 1_000, nowMs },
    { kind: 'request-webhook-test', nowMs },
    { kind: 'request-webhook-resend', messageId: `msg_${'1'.repeat(32)}`, nowMs },
    { kind: 'disable-webhook', ...failing, nowMs },
    { kind: 'enable-webhook', nowMs },
    { kind: 'disable-own-webhook', nowMs },
    { kind: 'enable-webhook', nowMs },
    { kind: 'delete-webhook', nowMs },
  ];
  for (const act of acts) world.run(webhookDecider, webhookId, tenantId, act);
}
