import { createHmac } from 'node:crypto';
import { SEAL_IV_BYTES, seal, unseal } from '../http/sealed-text.js';
import { badConsistencyToken } from '../problems/problems.js';
import type { RandomBytes } from '../sources.js';

/** In answers of commands, and in requests that shall see what those commands did. */
export const CONSISTENCY_HEADER = 'Bulkhead-Consistency-Token';

const POSITION_BYTES = 8;

/**
 * Seals how far the log had come when a command was answered. All tokens have one length, whatever the
 * position; two for the same position differ. Every scope has a key of its own, so that no token works for
 * anyone else, and so that no busy tenant uses up the nonces of all.
 */
export class ConsistencyTokens {
  constructor(
    private readonly key: Buffer,
    private readonly randomBytes: RandomBytes,
  ) {}

  seal(scope: string, position: number): string {
    const plain = Buffer.alloc(POSITION_BYTES);
    plain.writeBigUInt64BE(BigInt(position));
    return seal(this.keyOf(scope), this.randomBytes(SEAL_IV_BYTES), scope, plain);
  }

  /** @throws RequestProblem where the token was not made for this scope */
  open(scope: string, token: string): number {
    const plain = unseal(this.keyOf(scope), scope, token);
    if (plain?.length !== POSITION_BYTES) throw badConsistencyToken();
    return Number(plain.readBigUInt64BE());
  }

  private keyOf(scope: string): Buffer {
    return createHmac('sha256', this.key).update(scope).digest();
  }
}
