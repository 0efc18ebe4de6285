const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has them escaped.
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
/** Nobody writes deeper than this by hand, and a stack has an end. */
const DEPTH_MAX = 1_000;

/** Both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where a text that is not JSON ceases to be it. Engines say so in different words, and older ones not at all. */
export function jsonMistake(text: string): Place {
  const reader = new Reader(text);
  reader.value(0);
  return placeOf(text, reader.at);
}

/** Where an object gives a name that it has given already: of two values only the last would be sent. Null where none does. */
export function repeatedName(json: string): Place | null {
  const reader = new Reader(json);
  reader.value(0);
  return reader.repeatedAt === null ? null : placeOf(json, reader.repeatedAt);
}

function placeOf(text: string, at: number): Place {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Reads as far as the text is JSON, and stays where it is not. */
class Reader {
  at = 0;
  /** Of the first name that stands in its object for the second time. */
  repeatedAt: number | null = null;

  constructor(private readonly text: string) {}

  value(depth: number): boolean {
    if (depth > DEPTH_MAX) return false;
    this.skip();
    const read =
      this.taken(TEXT) ||
      this.taken(NUMBER) ||
      this.taken(WORD) ||
      this.object(depth) ||
      this.list(depth);
    if (read) this.skip();
    return read;
  }

  private object(depth: number): boolean {
    const names = new Set<string>();
    return this.between('{', '}', () => {
      this.skip();
      const from = this.at;
      if (!this.taken(TEXT)) return false;
      const name = JSON.parse(this.text.slice(from, this.at)) as string;
      if (names.has(name)) this.repeatedAt ??= from;
      names.add(name);
      this.skip();
      return this.symbol(':') && this.value(depth + 1);
    });
  }

  private list(depth: number): boolean {
    return this.between('[', ']', () => this.value(depth + 1));
  }

  private between(open: string, close: string, entry: () => boolean): boolean {
    if (!this.symbol(open)) return false;
    this.skip();
    if (this.symbol(close)) return true;
    do {
      if (!entry()) return false;
    } while (this.symbol(','));
    return this.symbol(close);
  }

  private skip(): void {
    this.taken(SPACE);
  }

  private symbol(symbol: string): boolean {
    if (this.text[this.at] !== symbol) return false;
    this.at += 1;
    return true;
  }

  private taken(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    this.at += found?.[0].length ?? 0;
    return found !== null;
  }
}
