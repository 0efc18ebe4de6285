import type { StateTable } from '../decider.js';
import type { WebhookCommand } from './commands.js';
import type { WebhookEvent } from './events.js';
import type { WebhookPhase } from './state.js';

const N = 'WEBHOOK_NOT_FOUND';

/** What is deleted is as what never was. A message that fails after its webhook was disabled says nothing new. */
export const webhookTable: StateTable<
  WebhookCommand['kind'],
  WebhookPhase,
  WebhookEvent['type'] | 'WEBHOOK_EXISTS' | 'WEBHOOK_NOT_FOUND' | 'WEBHOOK_DISABLED'
> = {
  'create-webhook': {
    absent: 'WebhookCreated',
    enabled: 'WEBHOOK_EXISTS',
    disabled: 'WEBHOOK_EXISTS',
    deleted: 'WEBHOOK_EXISTS',
  },
  'change-webhook': {
    absent: N,
    enabled: 'WebhookChanged',
    disabled: 'WebhookChanged',
    deleted: N,
  },
  'rotate-webhook-secret': {
    absent: N,
    enabled: 'WebhookSecretRotated',
    disabled: 'WebhookSecretRotated',
    deleted: N,
  },
  'request-webhook-test': {
    absent: N,
    enabled: 'WebhookTestRequested',
    disabled: 'WebhookTestRequested',
    deleted: N,
  },
  'request-webhook-resend': {
    absent: N,
    enabled: 'WebhookResendRequested',
    disabled: 'WEBHOOK_DISABLED',
    deleted: N,
  },
  'disable-webhook': {
    absent: N,
    enabled: 'WebhookDisabled',
    disabled: 'nothing',
    deleted: 'nothing',
  },
  'disable-own-webhook': {
    absent: N,
    enabled: 'WebhookDisabledByTenant',
    disabled: 'nothing',
    deleted: N,
  },
  'enable-webhook': { absent: N, enabled: 'nothing', disabled: 'WebhookEnabled', deleted: N },
  'delete-webhook': {
    absent: N,
    enabled: 'WebhookDeleted',
    disabled: 'WebhookDeleted',
    deleted: 'nothing',
  },
};
