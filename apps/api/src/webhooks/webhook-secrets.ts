import type { TenantId, WebhookId } from '@bulkhead/domain';
import {
  type KeptSecret,
  SECRET_NONCE_BYTES,
  type SecretBox,
  type SecretKept,
} from '@bulkhead/event-store';
import type { RandomBytes } from '../sources.js';

/** As Standard Webhooks ask for: between 24 and 64 random bytes. */
const SECRET_BYTES = 32;

export const WEBHOOK_SECRETS = Symbol('WebhookSecrets');

export interface DrawnSecret {
  readonly secretId: string;
  /** `whsec_` and base64: shown once, in the answer to whoever asked for it. */
  readonly secret: string;
  readonly kept: SecretKept;
}

/** Draws secrets and keeps them sealed; they cannot be read back here. */
export class WebhookSecrets {
  constructor(
    private readonly box: SecretBox,
    private readonly store: {
      readonly keep: (secret: KeptSecret) => Promise<SecretKept>;
      readonly discard: (secret: Pick<KeptSecret, 'tenantId' | 'secretId'>) => Promise<void>;
    },
    private readonly newUuid: () => string,
    private readonly randomBytes: RandomBytes,
  ) {}

  /** @param webhooksMax for a new webhook, how many its tenant may have; null for one that there is */
  async draw(
    tenantId: TenantId,
    webhookId: WebhookId,
    webhooksMax: number | null,
  ): Promise<DrawnSecret> {
    const secretId = this.newUuid();
    const secret = `whsec_${this.randomBytes(SECRET_BYTES).toString('base64')}`;
    const nonce = this.randomBytes(SECRET_NONCE_BYTES);
    const sealed = this.box.seal({ tenantId, webhookId, secretId }, secret, nonce);
    const kept = await this.store.keep({ tenantId, webhookId, secretId, sealed, webhooksMax });
    return { secretId, secret, kept };
  }

  /** Once it is certain that no event names it. */
  discard(tenantId: TenantId, secretId: string): Promise<void> {
    return this.store.discard({ tenantId, secretId });
  }
}
