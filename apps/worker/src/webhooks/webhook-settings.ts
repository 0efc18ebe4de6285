import { type AllowedNetworks, parseNetworks } from './address-rules.js';

/** What an operator decides about telling tenants. */
export interface WebhookSettings {
  /** Opens the secrets that messages are signed with. */
  readonly key: Buffer;
  /** Private, loopback or link-local networks that messages may go to all the same. */
  readonly allowed: AllowedNetworks;
}

/** Networks between commas; of each that is none, `problems` is told what is wrong with it. */
export function allowedNetworks(networks = '', problems: string[]): AllowedNetworks {
  return networks
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .flatMap((text) => {
      try {
        return parseNetworks([text]);
      } catch (error) {
        problems.push(`WEBHOOK_ALLOWED_NETWORKS: ${(error as Error).message}`);
        return [];
      }
    });
}
