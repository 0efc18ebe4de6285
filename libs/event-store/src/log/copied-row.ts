import type { EventRow } from './recorded-row.js';

const TAB = '\t';
const NULL = '\\N';
/** What COPY writes in place of characters that would end a field or a line, and of the backslash. */
const ESCAPED = /\\(.)/g;
const CONTROLS: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Reads a line of `COPY (SELECT EVENT_COLUMNS …)`. Field by field, because this runs for every event. */
export function copiedRow(line: string): EventRow {
  let end = -1;
  const next = () => {
    const start = end + 1;
    end = line.indexOf(TAB, start);
    return line.substring(start, end);
  };
  const row: EventRow = [
    Number(next()),
    next(),
    next(),
    Number(next()),
    next(),
    next(),
    Number(next()),
    Number(next()),
    Number(next()),
    next(),
    line.substring(end + 1),
  ];
  return line.includes('\\') ? withoutEscapes(row) : row;
}

function withoutEscapes(row: EventRow): EventRow {
  return row.map((field) => {
    if (typeof field !== 'string' || !field.includes('\\')) return field;
    if (field === NULL) return null;
    return field.replace(ESCAPED, (_, character: string) => CONTROLS[character] ?? character);
  }) as EventRow;
}
