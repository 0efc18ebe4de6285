/** Text that an array literal of Postgres takes as it is: nothing to quote, and not the word NULL. */
const NEEDS_NO_QUOTES = /^(?!null$)[\w:.-]+$/i;

/** An array of numbers, or of anything else that needs no quotes, such as a UUID. */
export function numberArray(values: readonly (number | string)[]): string {
  return `{${values.join(',')}}`;
}

export function textArray(values: readonly (string | null)[]): string {
  let text = '{';
  for (const value of values) {
    if (text.length > 1) text += ',';
    text += value === null ? 'NULL' : quoted(value);
  }
  return `${text}}`;
}

/** JSON holds no raw control character, so RFC 7464's record separator can stand between values. */
export const JSON_TEXTS_SEPARATOR = '\x1e';

/** Values that are JSON already become one text: no byte of theirs needs escaping or looking at. */
export function jsonTexts(values: readonly string[]): string {
  return values.join(JSON_TEXTS_SEPARATOR);
}

function quoted(value: string): string {
  if (NEEDS_NO_QUOTES.test(value)) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}
