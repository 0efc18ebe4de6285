import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SECRET_NONCE_BYTES, SecretBox, SecretNotOpened } from './secret-box.js';

const box = new SecretBox(randomBytes(32));
const place = { tenantId: 'ten_1', webhookId: 'whk_1', secretId: 'one' };
const SECRET = 'whsec_c2VjcmV0';
const sealed = box.seal(place, SECRET, randomBytes(SECRET_NONCE_BYTES));

describe('a secret that is stored', () => {
  it('is opened with its key, for its webhook', () => {
    expect(box.open(place, sealed)).toBe(SECRET);
    expect(sealed.includes(SECRET)).toBe(false);
  });

  it('is another text each time, although it says the same', () => {
    expect(box.seal(place, SECRET, randomBytes(SECRET_NONCE_BYTES))).not.toEqual(sealed);
  });

  it.each([
    ['another key', () => new SecretBox(randomBytes(32)).open(place, sealed)],
    ['another tenant', () => box.open({ ...place, tenantId: 'ten_2' }, sealed)],
    ['another webhook', () => box.open({ ...place, webhookId: 'whk_2' }, sealed)],
    ['another secret’s id', () => box.open({ ...place, secretId: 'two' }, sealed)],
    ['nothing', () => box.open(place, Buffer.alloc(0))],
    ['half of it', () => box.open(place, sealed.subarray(0, sealed.length / 2))],
  ])('does not open with %s', (_, open) => {
    expect(open).toThrow(SecretNotOpened);
  });

  it('does not open where a single bit was changed, wherever it is', () => {
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.open(place, changed)).toThrow(SecretNotOpened);
    }
  });

  it('needs a whole key', () => {
    expect(() => new SecretBox(randomBytes(16))).toThrow('32 bytes');
  });
});
