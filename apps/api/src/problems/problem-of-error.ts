import {
  AppendOutcomeUnknown,
  LogOverloaded,
  UnknownStoredEvent,
  VersionConflict,
} from '@bulkhead/event-store';
import { HttpException } from '@nestjs/common';
import { type ProblemFacts, RequestProblem } from './problem.js';
import { conflict, malformedJson, unavailable } from './problems.js';

/** What Fastify says of a request that never reached a route. */
const FRAMEWORK_PROBLEMS: Readonly<
  Record<string, Pick<ProblemFacts, 'code' | 'title' | 'detail'>>
> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'BODY_TOO_LARGE',
    title: 'The body is too large',
    detail: 'A body may have 1 MiB.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    title: 'The content type is not supported here',
    detail: 'Send application/json.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'BAD_REQUEST',
    title: 'The request cannot be read',
    detail: 'The body does not have the length that Content-Length says.',
  },
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  404: 'There is no such route',
  405: 'The route does not take this method',
  408: 'The request took too long',
  414: 'The path is too long',
};
const CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  404: 'ROUTE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  414: 'PATH_TOO_LONG',
};

/** Of Postgres (classes connection, resources, operator intervention) and of the sockets towards it. */
const UNAVAILABLE_CODE =
  /^(08|53|57|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENOENT$)/;
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
  const { code, statusCode, message } = error as {
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
  if (error instanceof SyntaxError) return malformedJson('The body cannot be parsed.');
  const known = typeof code === 'string' ? FRAMEWORK_PROBLEMS[code] : undefined;
  return new RequestProblem({
    status,
    ...(known ?? { code: CODES[status] ?? 'BAD_REQUEST', title: TITLES[status] ?? 'Bad request' }),
  });
}

function internal(): RequestProblem {
  return new RequestProblem({
    status: 500,
    code: 'INTERNAL',
    title: 'Something went wrong',
    detail: 'The fault is on our side. The X-Correlation-Id of this answer finds it in the log.',
  });
}
