/** What a field of an expression may say. */
interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Words for numbers, the first for `from`. */
  readonly words: readonly string[];
  /** What may stand for a day beside numbers, words, ranges and steps. */
  readonly special?: RegExp;
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const DAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');
const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59, words: [] },
  { name: 'hour', from: 0, to: 23, words: [] },
  { name: 'day of month', from: 1, to: 31, words: [], special: /^(\?|L)$/i },
  { name: 'month', from: 1, to: 12, words: MONTHS },
  { name: 'day of week', from: 0, to: 7, words: DAYS, special: /^(\?|L|[0-7]L|[0-7]#[1-5])$/i },
];
const NUMBER = /^\d+$/;

/**
 * Everything that is wrong with the fields of an expression, in words for its author.
 * @param fields five of them
 */
export function fieldProblems(fields: readonly string[]): readonly string[] {
  return FIELDS.flatMap((field, at) => {
    const parts = (fields[at] ?? '').split(',');
    const problems = parts.map((part) => partProblem(part, field)).filter((one) => one !== null);
    // What its entries are together is only looked at where each of them is right.
    const together = problems.length > 0 ? null : listProblem(parts, field);
    return [...problems, ...(together === null ? [] : [together])].map(
      (problem) => `${field.name}: ${problem}`,
    );
  });
}

/** Of a list as a whole: the same moment must not be named twice. */
function listProblem(parts: readonly string[], field: Field): string | null {
  if (parts.length === 1) return null;
  const nth = parts.find((part) => part.includes('#'));
  if (nth !== undefined) return `${nth} stands alone, not in a list`;
  const named = new Set<number | string>();
  for (const part of parts) {
    for (const value of valuesOf(part, field)) {
      if (named.has(value)) return `${value} is named twice`;
      named.add(value);
    }
  }
  return null;
}

/** What an entry without problems means: numbers, or the last day as it is written. */
function valuesOf(part: string, field: Field): readonly (number | string)[] {
  const [range = '', step = '1'] = part.split('/');
  if (/L$/i.test(range)) return [range.toUpperCase()];
  const isAll = range === '*' || range === '?';
  const [first = '', last] = range.split('-');
  const from = isAll ? field.from : (numberOf(first, field) ?? field.from);
  const isOpen = isAll || (last === undefined && part.includes('/'));
  const to = isOpen ? lastOf(field) : (numberOf(last ?? first, field) ?? from);
  const count = Math.floor((to - from) / Number(step)) + 1;
  return Array.from({ length: count }, (_, at) => from + at * Number(step));
}

/** Sunday is 0 and 7, but comes once a week. */
const lastOf = ({ to, name }: Field) => (name === 'day of week' ? to - 1 : to);

/** Of one entry of a list: a value, a range, or either with a step. */
function partProblem(part: string, field: Field): string | null {
  if (part === '') return 'an entry between commas is empty';
  const [range = '', step, ...further] = part.split('/');
  if (further.length > 0) return `${part} has more than one step`;
  if (step !== undefined && !(NUMBER.test(step) && Number(step) > 0)) {
    return `the step of ${part} is not a whole number from 1`;
  }
  if (/^L$/i.test(range) && field.name === 'day of week') {
    return `${range} needs the day before it, such as 5L for the last Friday`;
  }
  if (step !== undefined && /[L#]/i.test(range) && field.special?.test(range)) {
    return `${range} takes no step`;
  }
  if (range === '*' || field.special?.test(range)) return null;
  const [first = '', last, ...more] = range.split('-');
  if (more.length > 0) return `${range} is no range`;
  const ends = last === undefined ? [first] : [first, last];
  const values = ends.map((text) => numberOf(text, field));
  for (const [at, value] of values.entries()) {
    if (value === null || value < field.from || value > field.to) return outside(ends[at], field);
  }
  const [from = 0, to = from] = values as readonly number[];
  return from > to ? `${range} ends before it begins` : null;
}

function numberOf(text: string, { words, from }: Field): number | null {
  if (NUMBER.test(text)) return Number(text);
  const at = words.indexOf(text.toUpperCase());
  return at === -1 ? null : at + from;
}

function outside(text: string | undefined, { from, to, words }: Field): string {
  const named = words.length === 0 ? '' : `, or ${words[0]} to ${words.at(-1)}`;
  return `${text === '' ? 'nothing' : text} is not from ${from} to ${to}${named}`;
}
