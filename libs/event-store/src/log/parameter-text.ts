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

/** Values that are JSON already become one JSON array: no byte of theirs needs escaping. */
export function jsonArray(values: readonly string[]): string {
  return `[${values.join(',')}]`;
}

function quoted(value: string): string {
  if (NEEDS_NO_QUOTES.test(value)) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}
