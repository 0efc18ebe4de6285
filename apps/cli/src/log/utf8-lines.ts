import { TextDecoder } from 'node:util';
import { ENTRY_LINE_CHARS_MAX, MalformedEntry } from '@bulkhead/event-store/proof';

const NEW_LINE = 0x0a;
/** No character of a line has more bytes than this in UTF-8 for each of the two in memory. */
const LINE_BYTES_MAX = 3 * ENTRY_LINE_CHARS_MAX;

/**
 * The lines of a text that comes in pieces. Node's own reader of lines also ends one at U+2028, which may
 * stand in a JSON text. A line that is not UTF-8 is refused instead of repaired, because it is not what was
 * exported; those before it are given out first, so that the fault is found at its own place.
 * @throws MalformedEntry
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEW_LINE) + 1;
    if (end > 0) {
      yield* decodedLines(decoder, Buffer.concat([...begun, chunk.subarray(0, end)]));
      [begun, begunBytes] = [[], 0];
    }
    begun.push(chunk.subarray(end));
    begunBytes += chunk.length - end;
    if (begunBytes > LINE_BYTES_MAX) throw new MalformedEntry('a line has no end');
  }
  if (begunBytes > 0) yield* decodedLines(decoder, Buffer.concat(begun));
}

/** Decoded in one go where that is possible, because line by line takes several times as long. */
function* decodedLines(decoder: TextDecoder, bytes: Buffer): Generator<string> {
  const text = decoded(decoder, bytes);
  if (text !== null) {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    yield* lines;
    return;
  }
  for (let from = 0; from < bytes.length; ) {
    const newLine = bytes.indexOf(NEW_LINE, from);
    const end = newLine < 0 ? bytes.length : newLine;
    const line = decoded(decoder, bytes.subarray(from, end));
    if (line === null) throw new MalformedEntry('the line is not UTF-8');
    yield line;
    from = end + 1;
  }
}

function decoded(decoder: TextDecoder, bytes: Buffer): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
