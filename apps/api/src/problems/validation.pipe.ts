import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { type ReadBody, UnreadBody } from '../http/unread-body.js';
import { issueText } from './issue-text.js';
import type { ProblemErrors } from './problem.js';
import { invalidRequest } from './problems.js';

type Issue = z.core.$ZodIssue;
type Schema = NonNullable<ArgumentMetadata['schema']>;
type Validated = Awaited<ReturnType<Schema['~standard']['validate']>>;

// Schemas that say nothing of their own speak so, wherever in the api they are used.
z.config({ localeError: issueText });

/**
 * Validates whatever a route declares a schema for, and answers with every problem at once. Unknown
 * fields are named one by one, so that a client sees what it misspelt.
 */
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, { schema, type }: ArgumentMetadata): unknown {
    if (schema === undefined || type === 'custom') return value;
    if (value instanceof UnreadBody) return readAndValidate(value, schema);
    const result = schema['~standard'].validate(value);
    // Schemas of ours need nothing that must be waited for.
    return result instanceof Promise
      ? result.then((validated) => outcome(validated, type, value))
      : outcome(result, type, value);
  }
}

async function readAndValidate(body: UnreadBody, schema: Schema): Promise<unknown> {
  const read = await body.read();
  return outcomeOfRead(await schema['~standard'].validate(read.value), read, body);
}

function outcome(result: Validated, type: 'body' | 'query' | 'param', value: unknown): unknown {
  if (result.issues === undefined) return result.value;
  if (type === 'body' && value === undefined) {
    throw invalidRequest([{ pointer: '', detail: 'a JSON body is missing' }]);
  }
  const issues = result.issues as readonly Issue[];
  throw invalidRequest(type === 'query' ? oneEach(issues, value) : problemErrors(issues, type));
}

/** What cannot be read is told together with what is read and is wrong, in the order of the body. */
function outcomeOfRead(
  result: Validated,
  { problems, problemCount, checked }: ReadBody,
  body: UnreadBody,
): unknown {
  if (result.issues === undefined && problemCount === 0) {
    return { ...(result.value as object), ...checked };
  }
  const unreadable = new Set(problems.map(({ line }) => line));
  const errors = body
    .asSent(problemErrors((result.issues ?? []) as readonly Issue[], 'body'))
    // What stands in for a line that could not be read says nothing of that line.
    .filter(({ line }) => !unreadable.has(line));
  const inOrder = [...problems, ...errors].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  throw invalidRequest(inOrder, problemCount + errors.length);
}

/**
 * Of a parameter, one thing is wrong at a time; one that was given twice is a list to the parser. Where a
 * list may be given, what is wrong with one of it is said of the parameter.
 */
function oneEach(issues: readonly Issue[], query: unknown): ProblemErrors {
  const byName = new Map<string, ProblemErrors[number]>();
  for (const issue of issues) {
    const [of, ...within] = issue.path;
    for (const { parameter: named = '', detail } of problemErrors([issue], 'query')) {
      const isOfList = within.length > 0;
      const parameter = isOfList ? String(of) : named;
      const given = (query as Readonly<Record<string, unknown>>)?.[parameter];
      const isRepeated = !isOfList && Array.isArray(given);
      if (byName.has(parameter)) continue;
      byName.set(parameter, { parameter, detail: isRepeated ? 'is given more than once' : detail });
    }
  }
  return [...byName.values()];
}

/** One entry for each problem, with a JSON pointer into a body or the name of a parameter. */
export function problemErrors(
  issues: readonly Issue[],
  where: 'body' | 'query' | 'param',
): ProblemErrors {
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [at(where, issue.path, issue.message)];
    return issue.keys.map((key) => at(where, [...issue.path, key], 'is not a known field'));
  });
}

/** How many entries that would be, for whom the entries are too many to be told. */
export function countProblems(issues: readonly Issue[]): number {
  return issues.reduce(
    (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1),
    0,
  );
}

function at(where: 'body' | 'query' | 'param', path: readonly PropertyKey[], detail: string) {
  return where === 'body'
    ? { pointer: jsonPointer(path), detail }
    : { parameter: path.map(String).join('.'), detail };
}

/** Of one name in a pointer, in UTF-16 code units; no field has a longer one. */
const NAME_TOLD_MAX = 200;

/** RFC 6901, but for names of which only the beginning is told; the empty string points at the whole body. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${told(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

/** Much may be wrong below one name: told whole each time, a body of 1 MiB had an answer of a hundred. */
function told(name: string): string {
  if (name.length <= NAME_TOLD_MAX) return name;
  // Not in the middle of a character.
  return `${name.slice(0, NAME_TOLD_MAX).replace(/[\ud800-\udbff]$/, '')}…`;
}
