import { readFileSync } from 'node:fs';
import { SECRET_KEY_BYTES } from '@bulkhead/event-store';
import { type AllowedNetworks, parseNetworks } from './address-rules.js';

/** What an operator decides about telling tenants. */
export interface WebhookSettings {
  /** Opens the secrets that messages are signed with. */
  readonly key: Buffer;
  /** Private, loopback or link-local networks that messages may go to all the same. */
  readonly allowed: AllowedNetworks;
}

/** Reads the key's file, and says of each network what is wrong with it; nothing of the key is ever told. */
export function webhookSettings(
  {
    WEBHOOK_KEY_FILE: file,
    WEBHOOK_ALLOWED_NETWORKS: networks = '',
  }: Readonly<Record<string, string | undefined>>,
  problems: string[],
): WebhookSettings {
  const key = file === undefined ? '' : keyIn(file, problems);
  const allowed = networks
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
  return { key: Buffer.from(key, 'hex'), allowed };
}

function keyIn(file: string, problems: string[]): string {
  let text = '';
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = `names the file ${file}, which cannot be read (${code ?? 'unknown error'})`;
    problems.push(`WEBHOOK_KEY_FILE ${problem}`);
    return '';
  }
  if (new RegExp(`^[0-9a-fA-F]{${2 * SECRET_KEY_BYTES}}$`).test(text)) return text;
  const wanted = `${SECRET_KEY_BYTES} random bytes as ${2 * SECRET_KEY_BYTES} hex digits`;
  problems.push(`WEBHOOK_KEY_FILE must hold ${wanted}`);
  return '';
}
