import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import type { TimeMs } from '@bulkhead/domain';
import {
  BrokenJournal,
  HostHistory,
  type JournalEntry,
  type JournalSink,
} from '@bulkhead/hypervisor/simulated';

const READ_BYTES = 1 << 20;
/** No entry is near this; a file without line ends is not a journal. */
const MAX_LINE_BYTES = 1 << 20;
/** Many entries long. */
const TAIL_BYTES = 1 << 16;
const LINE_END = 0x0a;

/**
 * One line an entry, appended by a single descriptor. `writeSync` hands the line to the kernel before
 * the effect is visible, so it survives the end of this process (not of the machine: then all that ran
 * has ended too).
 */
export class JournalFile implements JournalSink {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a', 0o600);
  }

  append(entry: JournalEntry): void {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    for (let written = 0; written < line.length; ) {
      written += writeSync(this.#descriptor, line, written);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/**
 * Reads what a host wrote in its earlier lives. A last line without its end was cut off by a crash before
 * its effect happened: it is removed, so that the next entry starts on a line of its own.
 */
export function readHistory(path: string): HostHistory {
  const history = new HostHistory();
  if (!existsSync(path)) return history;
  const descriptor = openSync(path, 'r+');
  try {
    const whole = readLines(descriptor, (line, number) => {
      try {
        history.add(JSON.parse(line) as JournalEntry);
      } catch (error) {
        const { message } = error as Error;
        throw new BrokenJournal(`${path} line ${number}: ${message}`);
      }
    });
    ftruncateSync(descriptor, whole);
  } finally {
    closeSync(descriptor);
  }
  return history;
}

/** When its last whole entry was written; 0 where none is found. Whether all of it can be read is for `readHistory` to say. */
export function lastEntryMs(path: string): TimeMs {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const block = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const tail = block.subarray(
      0,
      readSync(descriptor, block, 0, block.length, size - block.length),
    );
    const end = tail.lastIndexOf(LINE_END);
    const from = end > 0 ? tail.lastIndexOf(LINE_END, end - 1) + 1 : 0;
    const { atMs } = JSON.parse(tail.toString('utf8', from, Math.max(end, 0))) as JournalEntry;
    return Number.isSafeInteger(atMs) ? atMs : 0;
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Calls `take` for each whole line. The answer is where the last one ends. */
function readLines(descriptor: number, take: (line: string, number: number) => void): number {
  const block = Buffer.alloc(READ_BYTES);
  let carried = Buffer.alloc(0);
  let position = 0;
  let lines = 0;
  for (;;) {
    const read = readSync(descriptor, block, 0, READ_BYTES, position);
    if (read === 0) return position - carried.length;
    position += read;
    const bytes = Buffer.concat([carried, block.subarray(0, read)]);
    let from = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, from)) {
      take(bytes.toString('utf8', from, end), ++lines);
      from = end + 1;
    }
    carried = Buffer.from(bytes.subarray(from));
    if (carried.length > MAX_LINE_BYTES) throw new BrokenJournal(`line ${lines + 1} never ends`);
  }
}
