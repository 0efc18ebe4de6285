import type { Clock, UuidSource } from '@bulkhead/domain';
import { discardSecret, keepSecret, SecretBox } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type pg from 'pg';
import type { Settings } from '../settings.js';
import { API_POOL, CLOCK, NEW_UUID, RANDOM_BYTES, type RandomBytes, SETTINGS } from '../sources.js';
import { ActOnWebhookHandler } from './act-on-webhook.handler.js';
import { ChangeWebhookHandler } from './change-webhook.handler.js';
import { CreateWebhookHandler } from './create-webhook.handler.js';
import {
  GetWebhookHandler,
  ListDeliveriesHandler,
  ListWebhooksHandler,
} from './read-webhooks.handlers.js';
import { ResendMessageHandler } from './resend-message.handler.js';
import { RotateSecretHandler } from './rotate-secret.handler.js';
import { WebhookActsController } from './webhook-acts.controller.js';
import { WEBHOOK_SECRETS, WebhookSecrets } from './webhook-secrets.js';
import { WEBHOOK_VIEWS, WebhookViews } from './webhook-view.js';
import { WebhooksController } from './webhooks.controller.js';

@Module({
  imports: [CqrsModule],
  controllers: [WebhooksController, WebhookActsController],
  providers: [
    {
      provide: WEBHOOK_SECRETS,
      useFactory: (
        { webhookKey }: Settings,
        pool: pg.Pool,
        newUuid: UuidSource,
        randomBytes: RandomBytes,
      ) =>
        new WebhookSecrets(
          new SecretBox(webhookKey),
          {
            keep: (secret) => keepSecret(pool, secret),
            discard: (secret) => discardSecret(pool, secret),
          },
          newUuid,
          randomBytes,
        ),
      inject: [SETTINGS, API_POOL, NEW_UUID, RANDOM_BYTES],
    },
    {
      provide: WEBHOOK_VIEWS,
      useFactory: (clock: Clock, { webhookNetworks }: Settings) =>
        new WebhookViews(clock, webhookNetworks),
      inject: [CLOCK, SETTINGS],
    },
    CreateWebhookHandler,
    ChangeWebhookHandler,
    ActOnWebhookHandler,
    ResendMessageHandler,
    RotateSecretHandler,
    GetWebhookHandler,
    ListWebhooksHandler,
    ListDeliveriesHandler,
  ],
})
export class WebhooksModule {}
