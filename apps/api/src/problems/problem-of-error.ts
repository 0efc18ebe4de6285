import {
  AppendOutcomeUnknown,
  LogOverloaded,
  UnknownStoredEvent,
  VersionConflict,
} from '@bulkhead/event-store';
import { HttpException } from '@nestjs/common';
import { type ProblemFacts, RequestProblem } from './problem.js';
import { conflict, unavailable } from './problems.js';

/** What the framework refuses before a route is reached, by the status that it gives. */
const FRAMEWORK_PROBLEMS: Readonly<Record<number, Omit<ProblemFacts, 'status'>>> = {
  400: { code: 'BAD_REQUEST', title: 'The request cannot be read' },
  404: { code: 'ROUTE_NOT_FOUND', title: 'There is no such route' },
  408: { code: 'REQUEST_TIMEOUT', title: 'The request took too long' },
  413: { code: 'BODY_TOO_LARGE', title: 'The body is too large', detail: 'A body may have 1 MiB.' },
  414: { code: 'PATH_TOO_LONG', title: 'The path is too long' },
  415: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    title: 'The content type is not supported here',
    detail: 'Send application/json.',
  },
};

/** Of Postgres (connection, login, catalogue, resources, shutdown) and of the sockets towards it. */
const UNAVAILABLE_CODE =
  /^(08|28|3D|53|57|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENOENT$)/;
/** What `pg` throws without a code when a connection cannot be had or breaks. */
const UNAVAILABLE_MESSAGE =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Cannot use a pool after)/;

/** What the caller is told of an error. Whatever is not known says nothing about the inside. */
export function problemOf(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error;
  if (error instanceof VersionConflict) return conflict();
  if (error instanceof LogOverloaded) {
    return unavailable('OVERLOADED', 'Too many requests are waiting. Nothing was recorded.');
  }
  if (error instanceof AppendOutcomeUnknown) {
    return unavailable(
      'OUTCOME_UNKNOWN',
      'The connection to the log broke, so this may or may not have been recorded. Repeat it with the same Idempotency-Key.',
    );
  }
  if (error instanceof UnknownStoredEvent) {
    return unavailable('UPGRADING', 'A newer version of the service is being put in place.');
  }
  return problemOfFramework(error) ?? internal();
}

function problemOfFramework(error: unknown): RequestProblem | null {
  const { code, statusCode, message } = (error ?? {}) as {
    code?: unknown;
    statusCode?: unknown;
    message?: unknown;
  };
  const text = typeof message === 'string' ? message : '';
  if ((typeof code === 'string' && UNAVAILABLE_CODE.test(code)) || UNAVAILABLE_MESSAGE.test(text)) {
    return unavailable('UNAVAILABLE', 'The database cannot be reached.');
  }
  const status = error instanceof HttpException ? error.getStatus() : statusCode;
  if (typeof status !== 'number' || status < 400 || status > 499) return null;
  const facts = FRAMEWORK_PROBLEMS[status] ?? { code: 'BAD_REQUEST', title: 'Bad request' };
  return new RequestProblem({ status, ...facts });
}

function internal(): RequestProblem {
  return new RequestProblem({
    status: 500,
    code: 'INTERNAL',
    title: 'Something went wrong',
    detail: 'The fault is on our side. The X-Correlation-Id of this answer finds it in the log.',
  });
}
