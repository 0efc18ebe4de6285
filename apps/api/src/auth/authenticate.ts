import type { FastifyInstance, FastifyRequest } from 'fastify';
import passport from 'passport';
import { RecordedPosition } from '../consistency/recorded-position.js';
import { unauthenticated } from '../problems/problems.js';
import type { TokenBearer } from './access-token.js';
import type { Caller } from './caller.js';

/** Pages of the documentation; they need no token and have no body. */
const DOCUMENTATION = /^\/(docs|openapi\.json)(\/|$)/;

/**
 * Verifies the token before a body is read, let alone parsed: whoever has none must not be able to
 * make us work. Which scopes a route needs is the access guard's affair.
 */
export function addAuthentication(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', async (request) => {
    const { config, url = '' } = request.routeOptions;
    if (request.is404 || config.isPublic === true || DOCUMENTATION.test(url)) return;
    request.caller = await authenticate(request);
  });
}

/**
 * Who asks, as the verified token says.
 * @throws RequestProblem where there is no token or it does not count
 */
export async function authenticate(request: FastifyRequest): Promise<Caller> {
  const bearer = await verifiedBearer(request);
  if (!bearer) throw unauthenticated(request.headers.authorization !== undefined);
  const { correlationId } = request;
  return { ...bearer, correlationId, recorded: new RecordedPosition() };
}

/** An error is ours (the log could not be read); a token that does not count gives no bearer. */
function verifiedBearer(request: FastifyRequest): Promise<TokenBearer | false | null | undefined> {
  return new Promise((resolve, reject) => {
    const verify = passport.authenticate(
      'jwt',
      { session: false },
      (error: unknown, bearer?: TokenBearer | false | null) => {
        if (error) reject(error);
        else resolve(bearer);
      },
    );
    verify(request, null, reject);
  });
}
