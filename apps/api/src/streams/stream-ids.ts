import type { StreamId } from '@bulkhead/domain';
import { SealedPlaces } from '../http/sealed-places.js';
import { badStreamId } from '../problems/problems.js';
import type { RandomBytes } from '../sources.js';

const VERSION = /^\d{1,9}$/;

/** Header lines of a request; a repeated one is a list. */
export type LastEventId = string | readonly string[] | undefined;

/** Places in streams that their readers shall carry back unread, each good for its own stream. */
export class StreamIds {
  private readonly places: SealedPlaces;

  constructor(key: Buffer, randomBytes: RandomBytes) {
    this.places = new SealedPlaces(key, randomBytes);
  }

  seal(stream: StreamId, place: number): string {
    return this.places.seal(stream, place);
  }

  /**
   * The place to go on after; 0, the beginning, where nothing was sent.
   * @throws RequestProblem where the id was not sealed for this stream
   */
  open(stream: StreamId, sent: LastEventId): number {
    const id = sentId(sent);
    if (id === null) return 0;
    const place = this.places.open(stream, id);
    if (place === null) throw badStreamId();
    return place;
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
