import { z } from 'zod';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

const ProblemPart = z
  .strictObject({
    pointer: z.string().optional().meta({ description: 'JSON pointer into the body (RFC 6901).' }),
    line: z.int().optional().meta({
      description: 'Of a body of lines, the one that is meant, from 1; the pointer is into it.',
    }),
    parameter: z.string().optional().meta({ description: 'Name of a query parameter or header.' }),
    detail: z.string(),
    code: z.string().optional().meta({ description: 'Stable name of this one, in UPPER_SNAKE.' }),
  })
  .meta({ id: 'ProblemPart', description: 'One thing that is wrong with the request.' });

/** The body of every error answer (RFC 9457). */
export const Problem = z
  .looseObject({
    type: z.string().meta({ description: 'URI that names the kind of problem.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().meta({ description: 'The path that was asked for.' }),
    code: z.string().meta({ description: 'Stable name of the problem, in UPPER_SNAKE.' }),
    errors: z.array(ProblemPart).optional(),
  })
  .meta({
    id: 'Problem',
    description: 'What went wrong, as RFC 9457 has it.',
    examples: [
      {
        type: 'urn:bulkhead:problem:validation-failed',
        title: 'The request is not valid',
        status: 400,
        detail: 'The request has 1 problem.',
        instance: '/v1/workloads',
        code: 'VALIDATION_FAILED',
        errors: [{ pointer: '/resources/cpuMillis', detail: 'must be at least 1' }],
      },
    ],
  });

export type ProblemErrors = readonly z.infer<typeof ProblemPart>[];

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance: string;
  readonly code: string;
  readonly errors?: ProblemErrors;
  readonly [extension: string]: unknown;
}

export interface ProblemFacts {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly errors?: ProblemErrors;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body, such as the reasons of a refusal. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Thrown where a request cannot be answered with success; the filter makes the answer of it. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  constructor(readonly facts: ProblemFacts) {
    super(facts.title);
  }
}

/** The body for a request to `instance`. */
export function problemBody(facts: ProblemFacts, instance: string): ProblemBody {
  const { status, code, title, detail, errors, extensions } = facts;
  return {
    type: `urn:bulkhead:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    instance,
    code,
    ...(errors === undefined ? {} : { errors }),
    ...extensions,
  };
}
