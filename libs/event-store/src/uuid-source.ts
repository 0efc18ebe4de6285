import { randomFillSync } from 'node:crypto';
import type { Clock, UuidSource } from '@bulkhead/domain';

const BYTES_PER_ID = 16;
const IDS_PER_FILL = 256;
/** Where an id's random bytes begin that its sequence number is taken from; the id uses those after them. */
const SEQUENCE_AT = 6;

/** How `uuid` makes a version 7 of what it is given; whoever assembles a process passes it in. */
type Version7 = (parts: { random: Uint8Array; msecs: number; seq: number }) => string;

/**
 * UUIDv7s of one process, each greater than the one before. Random bytes come for many ids at once,
 * because asking for them costs several times as much as all else of an id, and every event has one.
 */
export function uuidSource(clock: Clock, version7: Version7): UuidSource {
  const bytes = new Uint8Array(BYTES_PER_ID * IDS_PER_FILL);
  const view = new DataView(bytes.buffer);
  let used = bytes.length;
  let msecs = -1;
  let seq = 0;
  return () => {
    if (used === bytes.length) {
      randomFillSync(bytes);
      used = 0;
    }
    const random = bytes.subarray(used, used + BYTES_PER_ID);
    const nowMs = clock();
    // Half of the numbers are left to those that follow within the same millisecond, or a clock set back.
    seq = nowMs > msecs ? view.getUint32(used + SEQUENCE_AT) >>> 1 : seq + 1;
    msecs = Math.max(msecs, nowMs);
    used += BYTES_PER_ID;
    return version7({ random, msecs, seq });
  };
}
