import type { ProblemErrors } from '../problems/problem.js';
import { ERRORS_LISTED_MAX } from '../problems/problems.js';
import { jsonPointer } from '../problems/validation.pipe.js';

const REPEATED = 'stands there more than once';
const SPACE = /[ \t\n\r]*/y;
/** A number, `true`, `false` or `null`. */
const WORD = /[^\s,\]}]+/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The names that an object of a body gives more than once, of which parsers take the first, the last or
 * both: what somebody has read need not be what runs. The body must have passed the check of its nesting.
 *
 * @param names how many there are in the source, from `countNames`: most bodies are cleared by counting
 */
export function repeatedNames(source: string, names: number, body: unknown): ProblemErrors {
  if (namesOf(body) === names) return [];
  const search = new Search(source);
  search.value();
  return search.found;
}

function namesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner: readonly unknown[] = Object.values(value);
  let names = Array.isArray(value) ? 0 : inner.length;
  for (const one of inner) names += namesOf(one);
  return names;
}

/** Reads the text once more, name by name. */
class Search {
  readonly found: ProblemErrors[number][] = [];
  private readonly path: PropertyKey[] = [];
  private at = 0;

  constructor(private readonly text: string) {}

  value(): void {
    this.take(SPACE);
    const first = this.text[this.at];
    if (first === '{') this.object();
    else if (first === '[') this.list();
    else if (first === '"') this.string();
    else this.take(WORD);
    this.take(SPACE);
  }

  private object(): void {
    const seen = new Map<string, number>();
    this.entries(() => {
      const name = JSON.parse(this.string()) as string;
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      this.path.push(name);
      if (times === 2) this.report();
      this.take(SPACE);
      this.at += 1;
      this.value();
      this.path.pop();
    });
  }

  private list(): void {
    let index = 0;
    this.entries(() => {
      this.path.push(index);
      this.value();
      this.path.pop();
      index += 1;
    });
  }

  /** From the bracket that opens to behind the one that closes. */
  private entries(entry: () => void): void {
    this.at += 1;
    this.take(SPACE);
    if (/[\]}]/.test(this.text[this.at] ?? '')) {
      this.at += 1;
      return;
    }
    for (let more = true; more; this.at += 1) {
      this.take(SPACE);
      entry();
      more = this.text[this.at] === ',';
    }
  }

  private report(): void {
    if (this.found.length >= ERRORS_LISTED_MAX) return;
    this.found.push({ pointer: jsonPointer(this.path), detail: REPEATED });
  }

  /** With its quotes; it is valid already. By hand: an expression remembers each escape, and millions are too many. */
  private string(): string {
    const from = this.at;
    for (this.at += 1; this.at < this.text.length; this.at += 1) {
      const unit = this.text.charCodeAt(this.at);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) this.at += 1;
    }
    this.at += 1;
    return this.text.slice(from, this.at);
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }
}
