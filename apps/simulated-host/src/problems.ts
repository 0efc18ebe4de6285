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
  UNREACHABLE: 503,
};

/** What a refused request is answered with. */
export interface Problem {
  readonly code: DriverErrorCode | 'BAD_REQUEST' | 'UNAUTHORIZED' | 'INTERNAL';
  readonly detail: string;
}

/** Every error as one body; an unexpected one is logged and says nothing of the inside. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof DriverError) {
    return send(reply, STATUS[error.code], { code: error.code, detail: error.message });
  }
  if (error instanceof ZodError) {
    const detail = error.issues.map((at) => `${at.path.join('.')}: ${at.message}`).join('; ');
    return send(reply, 400, { code: 'BAD_REQUEST', detail });
  }
  const { statusCode, message } = error as FastifyError;
  if (statusCode !== undefined && statusCode < 500) {
    return send(reply, statusCode, { code: 'BAD_REQUEST', detail: message });
  }
  request.log.error({ err: error }, 'request failed');
  return send(reply, 500, { code: 'INTERNAL', detail: 'see the log of the simulated host' });
}

export function send(reply: FastifyReply, status: number, problem: Problem) {
  return reply.code(status).send(problem);
}
