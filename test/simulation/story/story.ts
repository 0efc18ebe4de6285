import type { TimeMs } from '@bulkhead/domain';
import { Names } from './names.js';

const SECOND_DIGITS = 9;

/** Writes down what happens in a world, a line each, as it happens. */
export class Story {
  private readonly names = new Names();

  constructor(private readonly write: (line: string) => void) {}

  readonly tell = (atMs: TimeMs, line: () => string): void => {
    const seconds = (atMs / 1_000).toFixed(3).padStart(SECOND_DIGITS);
    this.write(`${seconds} s  ${this.names.in(line())}`);
  };

  /** The same names in a line that is not part of it. */
  named(line: string): string {
    return this.names.in(line);
  }
}
