import { safeLines } from './safe-text.js';
import type { Streams } from './terminal.js';

/** A piece of what a workload wrote, as the api gives it. */
export interface ShownChunk {
  readonly attempt: number;
  readonly offset: number;
  readonly stream: 'stdout' | 'stderr' | 'notice';
  readonly writtenAt: string;
  readonly text: string;
}

export interface LogWriterOptions {
  /** Every chunk is a line of JSON. */
  readonly isJson: boolean;
  /** Control characters reach a terminal. */
  readonly isRaw: boolean;
}

/** Writes what a workload wrote to where the workload wrote it. */
export class LogWriter {
  private isAtLineStart = true;
  /** Of the chunk that was written last; null before the first. */
  private attempt: number | null = null;

  constructor(
    private readonly streams: Streams,
    private readonly options: LogWriterOptions,
  ) {}

  /** Whether nothing came yet. */
  get isEmpty(): boolean {
    return this.attempt === null;
  }

  write(chunk: ShownChunk): void {
    const { stdout, stderr } = this.streams;
    const isNext = this.attempt !== null && this.attempt !== chunk.attempt;
    this.attempt = chunk.attempt;
    if (isNext && !this.options.isJson) {
      stderr.write(`${this.isAtLineStart ? '' : '\n'}[bulkhead] attempt ${chunk.attempt}\n`);
      this.isAtLineStart = true;
    }
    if (this.options.isJson) {
      stdout.write(`${JSON.stringify(chunk)}\n`);
      return;
    }
    const to = chunk.stream === 'stdout' ? stdout : stderr;
    const isHarmless = this.options.isRaw || to.isTTY !== true;
    const text = isHarmless ? chunk.text : safeLines(chunk.text);
    if (chunk.stream === 'notice') {
      to.write(`${this.isAtLineStart ? '' : '\n'}[bulkhead] ${text}`);
    } else if (text.length > 0) {
      to.write(text);
    }
    if (text.length > 0) this.isAtLineStart = text.endsWith('\n');
  }
}
