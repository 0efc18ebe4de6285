import { accept, type Decider, reject } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { WebhookCommand } from './commands.js';
import type {
  WebhookChanged,
  WebhookCreated,
  WebhookDeleted,
  WebhookDisabled,
  WebhookDisabledByTenant,
  WebhookEnabled,
  WebhookEvent,
  WebhookResendRequested,
  WebhookSecretRotated,
  WebhookTestRequested,
} from './events.js';
import {
  absentWebhook,
  evolveWebhook,
  FIRST_SECRET_VERSION,
  type WebhookState,
  webhookPhaseOf,
} from './state.js';
import { webhookTable } from './webhook-table.js';

/** From one test to the next of the same webhook, so that nobody is sent many of them. */
export const TEST_PAUSE_MS = 5_000;
/** From one rotation to the next of the same webhook: each keeps a secret until messages are signed with it. */
export const ROTATION_PAUSE_MS = 1_000;
/** From one message that is sent again to the next of the same webhook. */
export const RESEND_PAUSE_MS = 1_000;

/** Where a tenant is told of what, and whether it still is. */
export const webhookDecider: Decider<WebhookCommand, WebhookState, WebhookEvent> = {
  initialState: absentWebhook,
  decide: (command, state) => {
    const answer = webhookTable[command.kind][webhookPhaseOf(state)];
    if (answer === 'nothing') return accept();
    if (answer === 'WEBHOOK_EXISTS')
      return reject(answer, 'A webhook of that id was created before.');
    if (answer === 'WEBHOOK_NOT_FOUND') return reject(answer, 'There is no such webhook.');
    if (answer === 'WEBHOOK_DISABLED')
      return reject(answer, 'Nothing is sent while it is disabled. Enable it first.');
    if (command.kind === 'rotate-webhook-secret' && wasRotatedLately(state, command.nowMs)) {
      const seconds = ROTATION_PAUSE_MS / 1_000;
      return reject(
        'WEBHOOK_ROTATION_TOO_SOON',
        `Another secret was drawn less than ${seconds} second ago.`,
      );
    }
    if (command.kind === 'request-webhook-test' && wasTestedLately(state, command.nowMs)) {
      const seconds = TEST_PAUSE_MS / 1_000;
      return reject('WEBHOOK_TEST_TOO_SOON', `It was tested less than ${seconds} seconds ago.`);
    }
    if (command.kind === 'request-webhook-resend' && wasResentLately(state, command.nowMs)) {
      // Whoever got no answer asks again, and nothing more is sent.
      if (state.resent?.messageId === command.messageId) return accept();
      const seconds = RESEND_PAUSE_MS / 1_000;
      return reject(
        'WEBHOOK_RESEND_TOO_SOON',
        `Another message was sent again less than ${seconds} second ago.`,
      );
    }
    return accept(eventOf(command, state));
  },
  evolve: evolveWebhook,
};

function wasRotatedLately({ rotatedAtMs }: WebhookState, nowMs: TimeMs): boolean {
  return rotatedAtMs !== null && isWithin(ROTATION_PAUSE_MS, rotatedAtMs, nowMs);
}

function wasTestedLately({ testedAtMs }: WebhookState, nowMs: TimeMs): boolean {
  return testedAtMs !== null && isWithin(TEST_PAUSE_MS, testedAtMs, nowMs);
}

function wasResentLately({ resent }: WebhookState, nowMs: TimeMs): boolean {
  return resent !== null && isWithin(RESEND_PAUSE_MS, resent.atMs, nowMs);
}

/** Either way: a clock that was ahead when it happened must not keep a tenant from it until that time has come. */
function isWithin(pauseMs: number, atMs: TimeMs, nowMs: TimeMs): boolean {
  return Math.abs(nowMs - atMs) < pauseMs;
}

function eventOf(command: WebhookCommand, state: WebhookState): WebhookEvent {
  const { nowMs } = command;
  switch (command.kind) {
    case 'create-webhook': {
      const { webhookId, messageTypes, contentSha256, secretId } = command;
      const payload = { webhookId, messageTypes, contentPart: 0, contentSha256, secretId };
      return event<WebhookCreated>('WebhookCreated', nowMs, payload);
    }
    case 'change-webhook': {
      const { messageTypes, contentSha256: sha256 } = command;
      const content = sha256 === null ? null : { part: state.contentPart + 1, sha256 };
      return event<WebhookChanged>('WebhookChanged', nowMs, { messageTypes, content });
    }
    case 'rotate-webhook-secret': {
      const secretVersion = (state.secrets[0]?.version ?? FIRST_SECRET_VERSION) + 1;
      const earlierUntilMs = nowMs + command.overlapMs;
      const { secretId } = command;
      const payload = { secretVersion, secretId, earlierUntilMs };
      return event<WebhookSecretRotated>('WebhookSecretRotated', nowMs, payload);
    }
    case 'request-webhook-test':
      return event<WebhookTestRequested>('WebhookTestRequested', nowMs, {});
    case 'request-webhook-resend': {
      const { messageId } = command;
      return event<WebhookResendRequested>('WebhookResendRequested', nowMs, { messageId });
    }
    case 'disable-webhook': {
      const { cause, failures, failingSinceMs } = command;
      const payload = { cause, failures, failingSinceMs };
      return event<WebhookDisabled>('WebhookDisabled', nowMs, payload);
    }
    case 'disable-own-webhook':
      return event<WebhookDisabledByTenant>('WebhookDisabledByTenant', nowMs, {});
    case 'enable-webhook':
      return event<WebhookEnabled>('WebhookEnabled', nowMs, {});
    case 'delete-webhook':
      return event<WebhookDeleted>('WebhookDeleted', nowMs, {});
  }
}
