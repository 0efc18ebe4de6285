import {
  closeSync,
  copyFileSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs';

const POLL_MS = 500;
const MAX_READ_BYTES = 256 * 1024;
const MAX_LOG_BYTES = 64 * 1024 * 1024;
const TAIL_BYTES = 4_000;
const WARN = 40;
/** So long a warning that comes again is counted instead of shown: an outage has hundreds of the same. */
const COUNTED_MS = 10_000;

/**
 * Follows one process's log file and hands on what a person should see: warnings, errors and
 * lines that are no log records (a crash's last words). The process writes to the file itself,
 * so nothing is lost when the launcher dies; here the file is only read and kept bounded. What comes
 * again and again is shown once and then counted; the file has each.
 */
export class LogFollower {
  private readonly timer: NodeJS.Timeout;
  private offset: number;
  private runStart: number;
  private rest = '';
  private readonly counted = new Map<string, { sinceMs: number; times: number }>();

  constructor(
    readonly path: string,
    private readonly show: (line: string) => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    const file = openSync(path, 'a+', 0o600);
    this.offset = fstatSync(file).size;
    this.runStart = this.offset;
    closeSync(file);
    this.timer = setInterval(() => this.poll(), POLL_MS).unref();
  }

  /** Hands on what was written since the last time. */
  poll(): void {
    this.tellCounted(COUNTED_MS);
    const file = openToRead(this.path);
    if (file === null) return;
    try {
      const { size } = fstatSync(file);
      if (size < this.offset) this.offset = 0;
      const buffer = Buffer.alloc(Math.min(size - this.offset, MAX_READ_BYTES));
      this.offset += readSync(file, buffer, 0, buffer.length, this.offset);
      const lines = (this.rest + buffer.toString('utf8')).split('\n');
      this.rest = (lines.pop() ?? '').slice(-MAX_READ_BYTES);
      for (const line of lines) {
        const shown = wordsForPeople(line);
        // Last words are no records, and mean something together only.
        if (shown === line) this.show(line);
        else if (shown) this.showOrCount(shown);
      }
      if (size > MAX_LOG_BYTES) this.rotate();
    } finally {
      closeSync(file);
    }
  }

  /** What is written from now on are the words of another run of the process. */
  beginRun(): void {
    this.runStart = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** The last lines of the process's present run, for the report on one that ended too early. */
  tail(): string {
    const file = openToRead(this.path);
    if (file === null) return '';
    try {
      const { size } = fstatSync(file);
      const buffer = Buffer.alloc(Math.min(Math.max(size - this.runStart, 0), TAIL_BYTES));
      readSync(file, buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString('utf8').trim();
    } finally {
      closeSync(file);
    }
  }

  /** Stops following, by default after what was written last. */
  close(withRest = true): void {
    clearInterval(this.timer);
    if (!withRest) return;
    this.poll();
    this.tellCounted(0);
  }

  private showOrCount(words: string): void {
    const counted = this.counted.get(words);
    if (counted !== undefined) {
      counted.times += 1;
      return;
    }
    this.counted.set(words, { sinceMs: this.nowMs(), times: 0 });
    this.show(words);
  }

  /** Says how often what was counted came, and goes on to count what still comes. */
  private tellCounted(afterMs: number): void {
    for (const [words, { sinceMs, times }] of this.counted) {
      const nowMs = this.nowMs();
      if (nowMs - sinceMs < afterMs) continue;
      if (times === 0) this.counted.delete(words);
      else this.counted.set(words, { sinceMs: nowMs, times: 0 });
      if (times > 0) this.show(`${words} (${times} more of these)`);
    }
  }

  /**
   * The process appends, so it goes on at the start of the emptied file. Lines that it writes
   * between the copy and the emptying are lost, which a log of everyday lines can bear.
   */
  private rotate(): void {
    copyFileSync(this.path, `${this.path}.1`);
    truncateSync(this.path);
    this.offset = 0;
    this.runStart = 0;
  }
}

/** Null where somebody took the file away, which must not end what only looks at it. */
function openToRead(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * What of a log line is worth a person's attention; undefined for the everyday ones. It names the part of the process
 * that speaks, of which there are few, and no host or workload: an outage has a line for each of thousands.
 */
export function wordsForPeople(line: string): string | undefined {
  if (line.trim() === '') return undefined;
  if (!line.startsWith('{')) return line;
  try {
    const { level, msg, component, err, error } = JSON.parse(line);
    if (typeof level !== 'number' || level < WARN) return undefined;
    return [msg, component, err?.message ?? error].filter(Boolean).join(': ') || line;
  } catch {
    return line;
  }
}
