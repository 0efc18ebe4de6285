import { JSON_TEXTS_SEPARATOR } from '../log/parameter-text.js';

const SEPARATOR = `E'\\x${JSON_TEXTS_SEPARATOR.charCodeAt(0).toString(16)}'`;

/** SQL: the texts of a parameter that `jsonTexts` has written, one row each. */
export function textsOf(parameter: string): string {
  return `unnest(string_to_array(${parameter}, ${SEPARATOR}))`;
}
