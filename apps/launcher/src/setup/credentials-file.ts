import { readIfThere, writePrivateFile } from '../home/private-file.js';
import type { Installation } from './set-up.js';

/** The text of `credentials.json`: where to go, and as whom. */
export function credentialsText(url: string, installation: Installation): string {
  const { operator, auditor, tenants } = installation;
  const document = {
    url,
    operator: { clientId: operator.clientId, clientSecret: operator.clientSecret },
    auditor: { clientId: auditor.clientId, clientSecret: auditor.clientSecret },
    tenants: tenants.map(({ id, name, trust, clientId, clientSecret }) => ({
      id,
      name,
      trust,
      clientId,
      clientSecret,
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Writes `credentials.json` for its owner alone, whole or not at all. */
export function writeCredentials(path: string, url: string, installation: Installation): void {
  writePrivateFile(path, credentialsText(url, installation));
}

/** Says in an existing `credentials.json` where the same installation is reached now. */
export function moveCredentials(path: string, url: string): void {
  const text = readIfThere(path);
  if (text !== undefined) writeCredentials(path, url, JSON.parse(text) as Installation);
}
