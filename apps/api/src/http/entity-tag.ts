import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestProblem } from '../problems/problem.js';

/** What a client says that it has seen; null where it says nothing. */
export type ExpectedTag = string | null;

/** The `If-Match` of a request. */
export const IfMatch = createParamDecorator(
  (_: unknown, context: ExecutionContext): ExpectedTag => {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
    return header ?? null;
  },
);

/** The entity tag of a resource that its owner has changed so often. */
export function entityTag(revision: number): string {
  return `"${revision}"`;
}

/** Answers with a resource and its tag. */
export function sendTagged<B>(reply: FastifyReply, { revision, view }: Tagged<B>): B {
  void reply.header('etag', entityTag(revision));
  return view;
}

export interface Tagged<B> {
  readonly revision: number;
  readonly view: B;
}

/** @throws RequestProblem (412) where the client has seen another state than this one */
export function refuseUnlessSeen(expected: ExpectedTag, revision: number): void {
  if (expected === null) return;
  const tags = expected.split(',').map((tag) => tag.trim());
  if (tags.includes('*') || tags.includes(entityTag(revision))) return;
  throw new RequestProblem({
    status: 412,
    code: 'PRECONDITION_FAILED',
    title: 'The resource has changed since it was read',
    detail: `Its tag is ${entityTag(revision)}. Nothing was recorded; read it again.`,
  });
}

/** For the OpenAPI document. */
export const TAG_IN_ANSWER = {
  ETag: {
    description: 'Changes with everything that its owner changes of it; for If-Match.',
    schema: { type: 'string' },
  },
} as const;
export const IF_MATCH = {
  name: 'If-Match',
  required: false,
  description: 'The ETag that was read: 412 where the resource has another one by now.',
  schema: { type: 'string' },
} as const;
