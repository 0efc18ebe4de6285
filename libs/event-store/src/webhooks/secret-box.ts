import { createCipheriv, createDecipheriv } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
export const SECRET_KEY_BYTES = 32;
/** Drawn by chance a nonce may serve for 2^32 secrets of one key. */
export const SECRET_NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Names how it was sealed, so that another way can stand beside it. */
const VERSION = 1;

/** Whose secret it is. One that was moved to another row of the table does not open. */
export interface SecretPlace {
  readonly tenantId: string;
  readonly webhookId: string;
  readonly secretId: string;
}

/** A secret could not be opened: another key, another row, or bytes that somebody changed. */
export class SecretNotOpened extends Error {
  override readonly name = 'SecretNotOpened';
  constructor({ webhookId, secretId }: SecretPlace) {
    super(`secret ${secretId} of ${webhookId} cannot be opened with this key`);
  }
}

/** Keeps secrets recoverable for those who have a key that is not in the database. */
export class SecretBox {
  /** @param key 32 random bytes */
  constructor(private readonly key: Buffer) {
    if (key.length !== SECRET_KEY_BYTES)
      throw new Error(`the key must have ${SECRET_KEY_BYTES} bytes`);
  }

  /** @param nonce 12 random bytes that are used once */
  seal(place: SecretPlace, secret: string, nonce: Buffer): Buffer {
    const cipher = createCipheriv(ALGORITHM, this.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundTo(place));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), nonce, sealed, cipher.getAuthTag()]);
  }

  /** @throws SecretNotOpened, which names the webhook and nothing of the secret */
  open(place: SecretPlace, bytes: Buffer): string {
    const nonce = bytes.subarray(1, 1 + SECRET_NONCE_BYTES);
    const isOurs = bytes[0] === VERSION && bytes.length > 1 + SECRET_NONCE_BYTES + TAG_BYTES;
    if (!isOurs) throw new SecretNotOpened(place);
    try {
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv(ALGORITHM, this.key, nonce, options);
      decipher.setAAD(boundTo(place));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const sealed = bytes.subarray(1 + SECRET_NONCE_BYTES, -TAG_BYTES);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch {
      throw new SecretNotOpened(place);
    }
  }
}

function boundTo({ tenantId, webhookId, secretId }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify(['webhook-secret', tenantId, webhookId, secretId]), 'utf8');
}
