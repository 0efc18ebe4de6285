import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { pathOf } from '../http/request-context.js';
import type { RouteTable } from '../http/route-table.js';
import { UnreadBody } from '../http/unread-body.js';
import { PROBLEM_MEDIA_TYPE, type ProblemFacts, problemBody, RequestProblem } from './problem.js';
import { problemOf } from './problem-of-error.js';

/** Makes every error that nobody caught an RFC 9457 answer, and logs those that are our fault. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly routes: RouteTable,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const path = pathOf(request);
    const problem = this.methodProblem(request, path, problemOf(error));
    const { facts } = problem;
    if (facts.status >= 500) {
      const { correlationId, caller } = request;
      const bindings = { correlationId, tenant: caller?.tenantId ?? undefined, path };
      this.logger.error({ ...bindings, err: error }, facts.title);
    }
    void reply
      .code(facts.status)
      .headers(facts.headers ?? {})
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(problemBody(asSent(facts, request.body), path)));
  }

  /** A path that is known, but not for this method, is 405 and says which methods it takes. */
  private methodProblem(
    request: FastifyRequest,
    path: string,
    problem: RequestProblem,
  ): RequestProblem {
    if (problem.facts.code !== 'ROUTE_NOT_FOUND') return problem;
    const methods = this.routes.methodsOf(path);
    if (methods.length === 0 || methods.includes(request.method)) return problem;
    return new RequestProblem({
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
      title: 'The route does not take this method',
      headers: { allow: methods.join(', ') },
    });
  }
}

function asSent(facts: ProblemFacts, body: unknown): ProblemFacts {
  if (facts.errors === undefined || !(body instanceof UnreadBody)) return facts;
  return { ...facts, errors: body.asSent(facts.errors) };
}
