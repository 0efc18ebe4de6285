const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has them escaped.
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
/** Nobody writes deeper than this by hand, and a stack has an end. */
const DEPTH_MAX = 1_000;

/** Where a text that is not JSON ceases to be it. Engines say so in different words, and older ones not at all. */
export function jsonMistake(text: string): { readonly line: number; readonly column: number } {
  const reader = new Reader(text);
  reader.value(0);
  const before = text.slice(0, reader.at).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Reads as far as the text is JSON, and stays where it is not. */
class Reader {
  at = 0;

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
    return this.between('{', '}', () => {
      this.skip();
      if (!this.taken(TEXT)) return false;
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
