import type { UuidSource } from '@bulkhead/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Caller } from '../auth/caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    correlationId: string;
    /** Who the verified token says; null on public routes and before the token was verified. */
    caller: Caller | null;
    /** The workload that the request is about, for the log line. */
    workload: string | null;
  }
  interface FastifyContextConfig {
    /** Whether the route needs no token. */
    isPublic?: boolean;
  }
}

/** A correlation id of the client's is taken over where it cannot confuse a log. */
const CORRELATION_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The path that was asked for, without its query. */
export function pathOf(request: Pick<FastifyRequest, 'url'>): string {
  const end = request.url.indexOf('?');
  return end === -1 ? request.url : request.url.slice(0, end);
}

/** The same however it was spelt: `/v1/%77orkloads` is `/v1/workloads`. Undecoded where no route has it. */
export function resourceOf({ url, params, routeOptions }: FastifyRequest): string {
  const values = params as Readonly<Record<string, string | undefined>>;
  return (routeOptions.url ?? pathOf({ url })).replace(/:(\w+)/g, (_, name) => values[name] ?? '');
}

/** Gives every request its correlation id and every answer its log line. */
export function addRequestContext(
  fastify: FastifyInstance,
  logger: Logger,
  newUuid: UuidSource,
): void {
  fastify.decorateRequest('correlationId', '');
  fastify.decorateRequest('caller', null);
  fastify.decorateRequest('workload', null);
  fastify.decorateRequest('isCommand', false);
  fastify.addHook('onRequest', (request, reply, done) => {
    const given = request.headers['x-correlation-id'];
    const sane = typeof given === 'string' && CORRELATION_ID.test(given);
    request.correlationId = sane ? given : newUuid();
    void reply.header('x-correlation-id', request.correlationId);
    void reply.header('x-content-type-options', 'nosniff');
    if (request.url.startsWith('/v1/')) void reply.header('cache-control', 'no-store');
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { correlationId, caller, workload, method, routeOptions } = request;
    logger.info(
      {
        correlationId,
        tenant: caller?.tenantId ?? undefined,
        actor: caller?.credentialId,
        workload: workload ?? undefined,
        method,
        route: routeOptions.url ?? pathOf(request),
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 100) / 100,
      },
      'request',
    );
    done();
  });
}
