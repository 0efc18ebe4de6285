import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import type { ProblemErrors } from './problem.js';
import { invalidRequest } from './problems.js';

type Issue = z.core.$ZodIssue;

/**
 * Validates whatever a route declares a schema for, and answers with every problem at once. Unknown
 * fields are named one by one, so that a client sees what it misspelt.
 */
export class ValidationPipe implements PipeTransform {
  async transform(value: unknown, { schema, type }: ArgumentMetadata): Promise<unknown> {
    if (schema === undefined || type === 'custom') return value;
    const result = await schema['~standard'].validate(value);
    if (result.issues === undefined) return result.value;
    throw invalidRequest(problemErrors(result.issues as readonly Issue[], type));
  }
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

function at(where: 'body' | 'query' | 'param', path: readonly PropertyKey[], detail: string) {
  return where === 'body'
    ? { pointer: jsonPointer(path), detail }
    : { parameter: path.map(String).join('.'), detail };
}

/** RFC 6901; the empty string points at the whole body. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
