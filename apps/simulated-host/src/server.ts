import type { SimulatedFleet } from '@bulkhead/hypervisor/simulated';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { bearerCheck } from './bearer-token.js';
import { effectRoutes } from './effect-routes.js';
import type { Home } from './home.js';
import { hostRoutes } from './host-routes.js';
import { journalRoutes } from './journal-routes.js';
import { logRoutes } from './log-routes.js';
import { answerProblem, send } from './problems.js';
import { watchRoute } from './watch-route.js';

const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000;
const REQUEST_TIMEOUT_MS = 30_000;

export interface ServerParts {
  readonly fleet: SimulatedFleet;
  readonly home: Home;
  readonly token: string;
  readonly logger: FastifyBaseLogger;
  /** False until the hosts of an earlier life are back. */
  readonly isReady: () => boolean;
}

/** The engine's door: a bearer token for everything but the health check. */
export function createServer(parts: ServerParts): FastifyInstance {
  const app = Fastify({
    loggerInstance: parts.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
  });
  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler((_request, reply) => {
    send(reply, 404, { code: 'NOT_FOUND', detail: 'no such route' });
  });
  const permitted = bearerCheck(parts.token);
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/health/')) return done();
    if (!permitted(request.headers.authorization)) {
      const detail = 'a bearer token is needed';
      send(reply, 401, { code: 'UNAUTHORIZED', detail });
    } else if (!parts.isReady()) {
      send(reply, 503, { code: 'UNREACHABLE', detail: 'the hosts are not back yet' });
    } else {
      done();
    }
  });
  app.get('/health/live', (_request, reply) => {
    reply.send({ status: 'ok' });
  });
  app.get('/health/ready', (_request, reply) => {
    const ready = parts.isReady();
    reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'starting' });
  });
  hostRoutes(app, parts.fleet);
  effectRoutes(app, parts.fleet);
  logRoutes(app, parts.fleet);
  watchRoute(app, parts.fleet);
  journalRoutes(app, parts.home);
  return app;
}
