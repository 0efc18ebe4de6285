import type { Clock, UuidSource } from '@bulkhead/domain';
import { type EventLog, turnsOfProcess } from '@bulkhead/event-store';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { appModule } from './app.module.js';
import { Authenticator, addAuthentication } from './auth/authenticate.js';
import { BatchLines } from './batches/batch-lines.js';
import { CommandTokens } from './consistency/command-tokens.js';
import { ApiAdapter } from './http/api-adapter.js';
import { addBodyParsers, BODY_MAX_BYTES } from './http/body-parsers.js';
import { endConnectionsWhileStopping, type Stopping } from './http/drain.js';
import { leadBrowsersToDocs } from './http/front-page.js';
import { serveOpenApi } from './http/openapi.js';
import { refuseUndecodableQueries } from './http/query-encoding.js';
import { addRequestContext } from './http/request-context.js';
import { RouteTable } from './http/route-table.js';
import { NestLog } from './logging.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { PROBLEM_MEDIA_TYPE, problemBody } from './problems/problem.js';
import { problemOf } from './problems/problem-of-error.js';
import { ValidationPipe } from './problems/validation.pipe.js';
import { seed } from './seed/seed.js';
import type { Settings } from './settings.js';
import { CLOCK, EVENT_LOG, NEW_UUID, TIMERS, type Timers } from './sources.js';

const VERSION = '0.1.0';
/** A request that takes longer to arrive is not waited for. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than load balancers keep idle connections, so that they close them and not we. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const PARAMETER_MAX_LENGTH = 256;

export interface Api {
  readonly app: NestFastifyApplication;
  readonly routes: RouteTable;
  readonly stopping: Stopping;
}

/** The whole api, seeded and ready to listen. Closing the app drains it. */
export async function createApi(settings: Settings, logger: Logger): Promise<Api> {
  const adapter = new ApiAdapter({
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // A request that has come is answered as ever, also while the server stops.
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAMETER_MAX_LENGTH },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const { facts } = problemOf(error);
      const [path = ''] = request.url.split('?', 1);
      const body = JSON.stringify(problemBody(facts, path));
      void reply.code(facts.status).type(PROBLEM_MEDIA_TYPE).send(body);
    },
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  const routes = new RouteTable();
  routes.watch(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(appModule(settings), adapter, {
    bodyParser: false,
    logger: new NestLog(logger),
    abortOnError: false,
  });
  const tokens = app.get(CommandTokens);
  adapter.beforeAnswer = (reply) => tokens.addTo(reply);
  const stopping = endConnectionsWhileStopping(fastify, app.get<Timers>(TIMERS));
  addBodyParsers(fastify, (body) => new BatchLines(body, turnsOfProcess));
  addRequestContext(fastify, logger, app.get<UuidSource>(NEW_UUID));
  leadBrowsersToDocs(fastify);
  addAuthentication(fastify, app.get(Authenticator));
  refuseUndecodableQueries(fastify);
  app.useGlobalFilters(new ProblemFilter(logger, routes));
  app.useGlobalPipes(new ValidationPipe());
  serveOpenApi(app, settings.publicUrl, VERSION);
  await app.init();
  const newUuid = app.get<UuidSource>(NEW_UUID);
  await seed(app.get<EventLog>(EVENT_LOG), app.get<Clock>(CLOCK), newUuid());
  return { app, routes, stopping };
}
