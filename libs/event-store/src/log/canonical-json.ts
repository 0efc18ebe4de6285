/** Text that JSON takes as it is: printable ASCII without quotation mark and backslash. */
const NEEDS_NO_ESCAPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
/** Names of fields come from code, so there are few; what tenants name does not fill the memory. */
const NAMES_KEPT_MAX = 4_096;
/** Deeper than anything that is stored, and so that a circle ends as an error. */
const DEPTH_MAX = 256;

/** What moves each name to its place one by one grows with the square of them. */
const FEW_NAMES = 24;

const keptNames = new Map<string, string>();

/**
 * JSON in the canonical form of RFC 8785, several times faster than the package that tests compare it
 * with: this runs for every payload, and the event loop is what appends of one process share. A lone
 * surrogate stays visible as its escape, which no other text has; whoever stores must refuse it.
 *
 * @throws TypeError where the value is none that JSON can hold
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (typeof value === 'string') return textOf(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is not a number of JSON`);
    return String(value === 0 ? 0 : value);
  }
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'object')
    throw new TypeError(`a ${typeof value} is nothing that JSON can hold`);
  if (depth > DEPTH_MAX)
    throw new TypeError(`it is nested more than ${DEPTH_MAX} times, or a circle`);
  if (Array.isArray(value)) return arrayOf(value, depth);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return canonicalJson(toJSON.call(value), depth + 1);
  return objectOf(value as Readonly<Record<string, unknown>>, depth);
}

function arrayOf(values: readonly unknown[], depth: number): string {
  let text = '[';
  for (let nr = 0; nr < values.length; nr += 1) {
    if (nr > 0) text += ',';
    text += values[nr] === undefined ? 'null' : canonicalJson(values[nr], depth + 1);
  }
  return `${text}]`;
}

function objectOf(object: Readonly<Record<string, unknown>>, depth: number): string {
  let text = '{';
  for (const name of inOrder(Object.keys(object))) {
    const value = object[name];
    if (value === undefined) continue;
    if (text.length > 1) text += ',';
    text += nameOf(name) + canonicalJson(value, depth + 1);
  }
  return `${text}}`;
}

/**
 * By UTF-16 code units, as RFC 8785 wants it and `<` compares. Most objects have a few names, for which moving each
 * to its place is faster than `sort`; that is for those that tenants fill.
 */
function inOrder(names: string[]): readonly string[] {
  if (names.length > FEW_NAMES) return names.sort();
  for (let nr = 1; nr < names.length; nr += 1) {
    const name = names[nr] as string;
    let at = nr;
    for (; at > 0 && (names[at - 1] as string) > name; at -= 1) names[at] = names[at - 1] as string;
    names[at] = name;
  }
  return names;
}

function nameOf(name: string): string {
  const kept = keptNames.get(name);
  if (kept !== undefined) return kept;
  const text = `${textOf(name)}:`;
  if (keptNames.size < NAMES_KEPT_MAX) keptNames.set(name, text);
  return text;
}

function textOf(text: string): string {
  return NEEDS_NO_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);
}
