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
  fastify.addHook('onRequest', async (request) => {
    const { config, url = '' } = request.routeOptions;
    if (request.is404 || config.isPublic === true || DOCUMENTATION.test(url)) return;
    request.caller = await authenticator.authenticate(request);
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
   * Who asks, as the verified token says.
   * @throws RequestProblem where there is no token or it does not count
   */
  async authenticate(request: FastifyRequest): Promise<Caller> {
    const { authorization } = request.headers;
    const known = await this.knownBearer(authorization);
    const bearer = known ?? (await this.verifiedBearer(request));
    if (!bearer) throw unauthenticated(authorization !== undefined);
    if (known === null && authorization !== undefined) {
      this.verified.remember(authorization, bearer);
    }
    const { correlationId } = request;
    return { ...bearer, correlationId, recorded: new RecordedPosition() };
  }

  /** A token that was verified before counts as long as its credential does. */
  private async knownBearer(authorization: string | undefined): Promise<TokenBearer | null> {
    const bearer = authorization === undefined ? null : this.verified.bearerOf(authorization);
    if (bearer === null) return null;
    return (await this.credentials.isLive(bearer.credentialId)) ? bearer : null;
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
