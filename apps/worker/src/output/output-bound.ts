import type { OutputChunk } from '@bulkhead/event-store';
import { DriverProtocolError, LOG_CHUNK_MAX_LENGTH, type LogChunk } from '@bulkhead/hypervisor';

/** What a stored chunk costs beside its text, so that a million empty lines are bounded, too. */
export const CHUNK_COST_BYTES = 64;

/** How much of an attempt's output is stored, and how much of its workload's bound is left for it. */
export interface Progress {
  readonly nextOffset: number;
  readonly cost: number;
  readonly isCut: boolean;
  /** What it may cost at most. */
  readonly costMax: number;
}

/** Neither can be stored as text by Postgres, or written as UTF-8. */
const UNSTORABLE = /\0|\p{Surrogate}/gu;
const REPLACEMENT = '\uFFFD';

/**
 * Takes chunks that follow what is stored, as far as the workload's bound allows: the one that goes beyond
 * it is cut, a notice takes the place of the rest, and nothing more is taken. Which chunks those are follows
 * from the output alone, so that two processes that capture it store the same.
 * @throws DriverProtocolError where the driver leaves a gap or gives more in a chunk than it may
 */
export function takeChunks(
  progress: Progress,
  chunks: readonly LogChunk[],
): { readonly taken: readonly OutputChunk[]; readonly progress: Progress } {
  const taken: OutputChunk[] = [];
  let { nextOffset, cost, isCut } = progress;
  for (const chunk of chunks) {
    if (isCut) break;
    check(chunk, nextOffset);
    const text = chunk.text.replaceAll(UNSTORABLE, REPLACEMENT);
    const room = progress.costMax - cost - CHUNK_COST_BYTES;
    const kept = withinBytes(text, room);
    isCut = kept.length < text.length || room < 0;
    if (kept.length > 0 || !isCut) {
      taken.push({ ...chunk, text: kept });
      cost += CHUNK_COST_BYTES + Buffer.byteLength(kept);
      nextOffset += 1;
    }
    if (isCut) taken.push(noticeOf(nextOffset, chunk.writtenAtMs, BOUND_REACHED));
  }
  return { taken, progress: { ...progress, nextOffset, cost, isCut } };
}

export const BOUND_REACHED =
  'What it wrote from here on is not kept: the workload has reached its bound.\n';
export const UNREAD = 'What it wrote last is missing: it could not be read from its host.\n';

/** What the service says in place of output. It takes the offset of the first chunk that is not there. */
export function noticeOf(offset: number, writtenAtMs: number, text: string): OutputChunk {
  return { offset, stream: 'notice', text, writtenAtMs };
}

function check({ offset, text }: LogChunk, expected: number): void {
  if (offset !== expected) {
    throw new DriverProtocolError(`chunk ${offset} of an output came in place of ${expected}`);
  }
  if (text.length > LOG_CHUNK_MAX_LENGTH) {
    throw new DriverProtocolError(`chunk ${offset} of an output is ${text.length} characters long`);
  }
}

/** As much of the beginning as has at most that many bytes in UTF-8, never half a character. */
function withinBytes(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  if (bytesMax <= 0) return '';
  const bytes = Buffer.from(text);
  let end = bytesMax;
  while (end > 0 && isWithinCharacter(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function isWithinCharacter(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
