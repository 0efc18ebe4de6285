import { hash } from 'node:crypto';

/** Content that is not what its event says of it: somebody changed it beside the log. */
export class AlteredContent extends Error {
  override readonly name = 'AlteredContent';
  constructor(stream: string, part: number) {
    super(`part ${part} of the content of ${stream} is not what its event says: it was changed`);
  }
}

/** What an event says of content: SHA-256 of the salt and of the canonical JSON that is stored. */
export function contentHash(saltHex: string, json: string): string {
  return hash('sha256', Buffer.concat([Buffer.from(saltHex, 'hex'), Buffer.from(json)]), 'hex');
}
