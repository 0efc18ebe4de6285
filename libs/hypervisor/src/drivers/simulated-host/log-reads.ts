import type { ComputeSystemId, HostId } from '@bulkhead/domain';
import type { LogChunk } from '../../driver.js';
import { GatheredCalls, MAX_CALLS_PER_REQUEST } from './gathered-calls.js';
import { refusalFrom } from './refusals.js';

/** What a compute system wrote from an offset on, as it is asked for over the wire: many in one request. */
export interface WireLogRead {
  readonly hostId: HostId;
  readonly id: ComputeSystemId;
  readonly from: number;
}

/** The answer to one of them: its chunks, or the refusal that it would have got alone. */
export type WireLogChunks =
  | { readonly chunks: readonly LogChunk[] }
  | { readonly code: string; readonly detail: string };

export const MAX_LOG_READS_PER_REQUEST = MAX_CALLS_PER_REQUEST;

/** Reads what compute systems wrote, those together in one request that are asked for at the same time. */
export class LogReads {
  readonly #calls: GatheredCalls<WireLogRead, WireLogChunks>;

  constructor(send: (reads: readonly WireLogRead[]) => Promise<readonly WireLogChunks[]>) {
    this.#calls = new GatheredCalls(send);
  }

  async chunks(read: WireLogRead): Promise<readonly LogChunk[]> {
    const answer = await this.#calls.make(read);
    if (!('chunks' in answer)) throw refusalFrom(answer.code, answer.detail);
    return answer.chunks;
  }
}
