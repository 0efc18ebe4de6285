import { createHmac } from 'node:crypto';
import type { RandomBytes } from '../sources.js';
import { SEAL_IV_BYTES, seal, unseal } from './sealed-text.js';

const PLACE_BYTES = 8;
/** Scopes are tenants and what a tenant follows; the key that was made first makes room. */
const KEYS_KEPT_MAX = 10_000;

/**
 * Places in the log or in a stream that clients carry back to us unread. All have one length, whatever the
 * place; two for the same place differ. Every scope has a key of its own, so that none works elsewhere, and
 * so that no busy scope uses up the nonces of all.
 */
export class SealedPlaces {
  private readonly keys = new Map<string, Buffer>();

  constructor(
    private readonly key: Buffer,
    private readonly randomBytes: RandomBytes,
  ) {}

  seal(scope: string, place: number): string {
    const plain = Buffer.alloc(PLACE_BYTES);
    plain.writeBigUInt64BE(BigInt(place));
    return seal(this.keyOf(scope), this.randomBytes(SEAL_IV_BYTES), scope, plain);
  }

  /** Null where it was not sealed for this scope. */
  open(scope: string, text: string): number | null {
    const plain = unseal(this.keyOf(scope), scope, text);
    return plain?.length === PLACE_BYTES ? Number(plain.readBigUInt64BE()) : null;
  }

  private keyOf(scope: string): Buffer {
    const kept = this.keys.get(scope);
    if (kept !== undefined) return kept;
    const key = createHmac('sha256', this.key).update(scope).digest();
    const [oldest] = this.keys.keys();
    if (this.keys.size >= KEYS_KEPT_MAX && oldest !== undefined) this.keys.delete(oldest);
    this.keys.set(scope, key);
    return key;
  }
}
