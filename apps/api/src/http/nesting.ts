/** Deeper than any body that a route takes; later searches may recurse as far as this. */
export const NESTING_MAX = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
/** With this bit set, `[` and `{` are one character, and so are `]` and `}`. */
const CURLY_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * How many names all objects of a JSON text give, each as often as it stands there; null where lists and objects
 * stand in each other deeper than allowed. One pass over the bytes that stops at the first level too many, so that
 * nobody pays for parsing such a body.
 */
export function countNames(json: Uint8Array): number | null {
  let depth = 0;
  let names = 0;
  let inString = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COLON) names += 1;
    else if ((byte | CURLY_BIT) === OPEN) {
      depth += 1;
      if (depth > NESTING_MAX) return null;
    } else if ((byte | CURLY_BIT) === CLOSE) depth -= 1;
  }
  return names;
}
