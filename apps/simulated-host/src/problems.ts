import { DriverError, type DriverErrorCode } from '@bulkhead/hypervisor';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';

const STATUS: Readonly<Record<DriverErrorCode, number>> = {
  STALE_FENCE: 409,
  SPENT_ID: 409,
  NOT_FOUND: 404,
  INVALID_STATE: 409,
  WRONG_ISOLATION: 422,
  INSUFFICIENT_RESOURCES: 422,
  NO_LEASE: 409,
  OTHER_BOOT: 409,
  TEMPLATE_ABSENT: 409,
  TEMPLATE_MISMATCH: 422,
  UNREACHABLE: 503,
};

/** What a refused request is answered with. */
export interface Problem {
  readonly code: DriverErrorCode | 'BAD_REQUEST' | 'UNAUTHORIZED' | 'INTERNAL';
  readonly detail: string;
}

/** What an error says to whoever asked; an unexpected one says nothing of the inside. */
export function problemOf(error: unknown): { status: number; problem: Problem } {
  if (error instanceof DriverError) {
    return { status: STATUS[error.code], problem: { code: error.code, detail: error.message } };
  }
  if (error instanceof ZodError) {
    const detail = error.issues.map((at) => `${at.path.join('.')}: ${at.message}`).join('; ');
    return { status: 400, problem: { code: 'BAD_REQUEST', detail } };
  }
  const { statusCode, message } = error as FastifyError;
  if (statusCode !== undefined && statusCode < 500) {
    return { status: statusCode, problem: { code: 'BAD_REQUEST', detail: message } };
  }
  const detail = 'see the log of the simulated host';
  return { status: 500, problem: { code: 'INTERNAL', detail } };
}

export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { status, problem } = problemOf(error);
  if (status >= 500) request.log.error({ err: error }, 'request failed');
  return send(reply, status, problem);
}

export function send(reply: FastifyReply, status: number, problem: Problem) {
  return reply.code(status).send(problem);
}
