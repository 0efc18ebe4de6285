import type { FastifyInstance, FastifyRequest } from 'fastify';
import passport from 'passport';
import { RecordedPosition } from '../consistency/recorded-position.js';
import { unauthenticated } from '../problems/problems.js';
import type { TokenBearer } from './access-token.js';
import type { Caller } from './caller.js';
import type { CredentialDirectory } from './credential-directory.js';
import type { JwtStrategy } from './jwt.strategy.js';
import type { VerifiedTokens } from './verified-tokens.js';

/** Pages of the documentation; they need no token and have no body. */
const DOCUMENTATION = /^\/(docs|openapi\.json)(\/|$)/;
const STRATEGY = 'jwt';

/**
 * Verifies the token before a body is read, let alone parsed: whoever has none must not be able to
 * make us work. Which scopes a route needs is the access guard's affair.
 */
export function addAuthentication(fastify: FastifyInstance, authenticator: Authenticator): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { config, url = '' } = request.routeOptions;
    if (request.is404 || config.isPublic === true || DOCUMENTATION.test(url)) return done();
    const caller = authenticator.authenticate(request);
    if (caller instanceof Promise) {
      caller.then((verified) => {
        request.caller = verified;
        done();
      }, done);
    } else {
      request.caller = caller;
      done();
    }
  });
}

/**
 * Every application has its own: in the one that Passport shares by default, the strategy of the api that
 * was made last, with its key and its credentials, would judge the tokens of all others in the process.
 */
export class Authenticator {
  private readonly passport = new passport.Passport();

  constructor(
    strategy: JwtStrategy,
    private readonly verified: VerifiedTokens,
    private readonly credentials: CredentialDirectory,
  ) {
    this.passport.use(STRATEGY, strategy);
  }

  /**
   * Who asks, as the verified token says: at once where it was verified before and its credential read.
   * @throws RequestProblem where there is no token or it does not count
   */
  authenticate(request: FastifyRequest): Caller | Promise<Caller> {
    const { authorization } = request.headers;
    const bearer = authorization === undefined ? null : this.verified.bearerOf(authorization);
    if (bearer === null) return this.verify(request);
    // A token that was verified before counts as long as its credential does.
    const isLive = this.credentials.isLive(bearer.credentialId);
    if (isLive === true) return callerOf(request, bearer);
    return this.verifyAgain(request, bearer, isLive);
  }

  private async verifyAgain(
    request: FastifyRequest,
    bearer: TokenBearer,
    isLive: boolean | Promise<boolean>,
  ): Promise<Caller> {
    return (await isLive) ? callerOf(request, bearer) : this.verify(request);
  }

  private async verify(request: FastifyRequest): Promise<Caller> {
    const { authorization } = request.headers;
    const bearer = await this.verifiedBearer(request);
    if (!bearer) throw unauthenticated(authorization !== undefined);
    if (authorization !== undefined) this.verified.remember(authorization, bearer);
    return callerOf(request, bearer);
  }

  /** An error is ours (the log could not be read); a token that does not count gives no bearer. */
  private verifiedBearer(request: FastifyRequest): Promise<TokenBearer | false | null | undefined> {
    return new Promise((resolve, reject) => {
      const verify = this.passport.authenticate(
        STRATEGY,
        { session: false },
        (error: unknown, bearer?: TokenBearer | false | null) => {
          if (error) reject(error);
          else resolve(bearer);
        },
      );
      verify(request, null, reject);
    });
  }
}

function callerOf({ correlationId }: FastifyRequest, bearer: TokenBearer): Caller {
  return { ...bearer, correlationId, recorded: new RecordedPosition() };
}
