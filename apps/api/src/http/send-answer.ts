import type { FastifyReply } from 'fastify';
import type { Answer } from '../idempotency/idempotency.js';
import { PROBLEM_MEDIA_TYPE } from '../problems/problem.js';

/** Sets status and headers of a creating route's answer, and hands on its body. */
export function sendAnswer<B>(
  reply: FastifyReply,
  { status, body, replayed, headers }: Answer<B>,
  location: (body: B) => string,
): B {
  void reply.code(status);
  if (headers !== undefined) void reply.headers({ ...headers });
  if (replayed) void reply.header('idempotency-replayed', 'true');
  if (status >= 400) void reply.type(PROBLEM_MEDIA_TYPE);
  else void reply.header('location', location(body));
  return body;
}
