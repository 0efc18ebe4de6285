import type { AllowedNetworks } from '@bulkhead/addresses';

/** What an operator decides about telling tenants. */
export interface WebhookSettings {
  /** Opens the secrets that messages are signed with. */
  readonly key: Buffer;
  /** Private, loopback or link-local networks that messages may go to all the same. */
  readonly allowed: AllowedNetworks;
}
