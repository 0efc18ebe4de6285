import {
  AppendOutcomeUnknown,
  LogOverloaded,
  LogUnavailable,
  type PostgresTrouble,
  troubleOf,
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
  413: {
    code: 'BODY_TOO_LARGE',
    title: 'The body is too large',
    detail: 'A body may have 1 MiB, a batch as NDJSON 16 MiB.',
  },
  414: { code: 'PATH_TOO_LONG', title: 'The path is too long' },
  415: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    title: 'The content type is not supported here',
    detail: 'Send application/json.',
  },
};

/** What passes by itself is soon over; what an operator has to see to takes longer. */
const RETRY_AFTER_SECONDS: Readonly<Record<PostgresTrouble, number>> = {
  unreachable: 1,
  'timed-out': 1,
  contended: 1,
  'out-of-resources': 2,
  'read-only': 5,
  'login-refused': 10,
  'disk-full': 10,
  'storage-failing': 10,
};

/** What the caller is told of an error. Whatever is not known says nothing about the inside. */
export function problemOf(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error;
  if (error instanceof VersionConflict) return conflict();
  if (error instanceof LogOverloaded) {
    return unavailable('OVERLOADED', 'Too many requests are waiting. Nothing was recorded.');
  }
  if (error instanceof LogUnavailable) {
    return unavailable(
      'LOG_UNAVAILABLE',
      'The log takes nothing at the moment. Nothing was recorded.',
      RETRY_AFTER_SECONDS[error.trouble],
    );
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
  const trouble = troubleOf(error);
  if (trouble !== null) {
    const detail = 'The database cannot be reached, or cannot answer in time.';
    return unavailable('UNAVAILABLE', detail, RETRY_AFTER_SECONDS[trouble]);
  }
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
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
