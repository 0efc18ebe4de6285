import type { z } from 'zod';

type RawIssue = z.core.$ZodRawIssue;

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
  map: ['entry', 'entries'],
  set: ['item', 'items'],
};

/** What is wrong with a value, for the one who sent it; the words of the validator are for programmers. */
export function issueText(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, issue.input);
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return `must ${verbFor(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${amount(issue.origin, issue.maximum)}`;
    case 'invalid_format':
      return wrongFormat(issue);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `has unknown fields: ${issue.keys.join(', ')}`;
    case 'invalid_key':
      return ['has a name that is not allowed', ...issue.issues.map(({ message }) => message)].join(
        ': ',
      );
    case 'invalid_union':
      return 'has none of the forms that are allowed';
    case 'invalid_element':
      return 'has an item that is not allowed';
    default:
      return 'is not allowed';
  }
}

function wrongType(expected: string, input: unknown): string {
  if (input === undefined) return 'is missing';
  const kind = input === null ? 'null' : Array.isArray(input) ? 'array' : typeof input;
  const wanted = KINDS[expected] ?? expected;
  const given = KINDS[kind] ?? kind;
  // JSON has 1e400 and other numbers that become infinite when they are read.
  if (wanted === given) return 'is a number beyond all bounds';
  return wanted === 'a whole number' && given === 'a number'
    ? 'must be a whole number'
    : `must be ${wanted}, not ${given}`;
}

function tooSmall({ origin, minimum, inclusive }: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>) {
  if (origin in UNITS && Number(minimum) === 1 && inclusive !== false) return 'must not be empty';
  const least = inclusive === false ? 'more than' : 'at least';
  return `must ${verbFor(origin)} ${least} ${amount(origin, minimum)}`;
}

function verbFor(origin: string): string {
  return origin in UNITS ? 'have' : 'be';
}

function amount(origin: string, bound: number | bigint): string {
  const units = UNITS[origin];
  if (units === undefined) return String(bound);
  return `${bound} ${Number(bound) === 1 ? units[0] : units[1]}`;
}

function wrongFormat(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidStringFormat>): string {
  return issue.format === 'regex'
    ? `must match ${String(issue['pattern'])}`
    : `must be in the format ${issue.format}`;
}
