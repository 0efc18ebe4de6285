import type { LogChunk } from '../driver.js';

/** A simulated workload says a handful of things; whatever wants to say more is cut off. */
const MAX_LINES = 100;
const MAX_LINE_LENGTH = 400;

/** What one compute system has written. Offsets count chunks: the one after `offset` is `offset + 1`. */
export class Output {
  readonly #chunks: LogChunk[] = [];

  write(stream: LogChunk['stream'], line: string): void {
    if (this.#chunks.length >= MAX_LINES) return;
    const text = `${line.slice(0, MAX_LINE_LENGTH)}\n`;
    this.#chunks.push({ offset: this.#chunks.length, stream, text });
  }

  from(offset: number): readonly LogChunk[] {
    return this.#chunks.slice(offset);
  }
}
