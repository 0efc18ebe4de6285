import { hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/** Keys that are derived from the one response key, each for one purpose only. */
export interface ResponseKeys {
  readonly cursors: Buffer;
  readonly pseudonyms: Buffer;
  readonly consistencyTokens: Buffer;
  readonly streamIds: Buffer;
}

export function deriveResponseKeys(responseKey: Buffer): ResponseKeys {
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', responseKey, '', `bulkhead ${purpose} v1`, KEY_BYTES));
  return {
    cursors: derive('cursors'),
    pseudonyms: derive('pseudonyms'),
    consistencyTokens: derive('consistency tokens'),
    streamIds: derive('stream ids'),
  };
}
