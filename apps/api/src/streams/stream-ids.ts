import { createHmac } from 'node:crypto';
import type { StreamId } from '@bulkhead/domain';
import { SEAL_IV_BYTES, seal, unseal } from '../http/sealed-text.js';
import { badStreamId } from '../problems/problems.js';
import type { RandomBytes } from '../sources.js';

const PLACE_BYTES = 8;
const VERSION = /^\d{1,9}$/;

/** Header lines of a request; a repeated one is a list. */
export type LastEventId = string | readonly string[] | undefined;

/** Places in streams that their readers shall carry back unread: sealed, of one length, good for one stream. */
export class StreamIds {
  constructor(
    private readonly key: Buffer,
    private readonly randomBytes: RandomBytes,
  ) {}

  seal(stream: StreamId, place: number): string {
    const plain = Buffer.alloc(PLACE_BYTES);
    plain.writeBigUInt64BE(BigInt(place));
    return seal(this.keyOf(stream), this.randomBytes(SEAL_IV_BYTES), stream, plain);
  }

  /**
   * The place to go on after; 0, the beginning, where nothing was sent.
   * @throws RequestProblem where the id was not sealed for this stream
   */
  open(stream: StreamId, sent: LastEventId): number {
    const id = sentId(sent);
    if (id === null) return 0;
    const plain = unseal(this.keyOf(stream), stream, id);
    if (plain?.length !== PLACE_BYTES) throw badStreamId();
    return Number(plain.readBigUInt64BE());
  }

  /** No two streams share a key, so that none uses up the nonces of another. */
  private keyOf(stream: StreamId): Buffer {
    return createHmac('sha256', this.key).update(stream).digest();
  }
}

/**
 * The version to go on after, where ids are versions; 0, the beginning, where nothing was sent.
 * @throws RequestProblem where it is none, or one that the stream has not reached
 */
export function versionAfter(sent: LastEventId, newest: number): number {
  const id = sentId(sent);
  if (id === null) return 0;
  if (!VERSION.test(id) || Number(id) > newest) throw badStreamId();
  return Number(id);
}

function sentId(sent: LastEventId): string | null {
  if (sent === undefined || sent === '') return null;
  if (typeof sent !== 'string') throw badStreamId();
  return sent;
}
