import { createCipheriv, createDecipheriv } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const TAG_BYTES = 16;
/** A nonce must never serve twice under one key; drawn by chance it may serve for 2^32 texts of one key. */
export const SEAL_IV_BYTES = 12;

/** What a client carries back to us unread and unchanged: encrypted, and bound to where it may be used. */
export function seal(key: Buffer, iv: Buffer, bound: string, plain: Buffer): string {
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(bound, 'utf8'));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Null where it was not sealed with this key and for this use. */
export function unseal(key: Buffer, bound: string, text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  // Node ignores what is not base64url; one sealed text has one spelling.
  const isOurs = bytes.length > SEAL_IV_BYTES + TAG_BYTES && bytes.toString('base64url') === text;
  if (!isOurs) return null;
  try {
    const iv = bytes.subarray(0, SEAL_IV_BYTES);
    const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(bound, 'utf8'));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = decipher.update(bytes.subarray(SEAL_IV_BYTES, -TAG_BYTES));
    return Buffer.concat([opened, decipher.final()]);
  } catch {
    return null;
  }
}
