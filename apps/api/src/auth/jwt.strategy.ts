import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import type { Settings } from '../settings.js';
import {
  AUDIENCE,
  bearerOf,
  hasOwnHeader,
  isSpelledAsIssued,
  type TokenBearer,
} from './access-token.js';
import type { CredentialDirectory } from './credential-directory.js';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.js';

/**
 * Verifies access tokens as RFC 8725 wants it: one algorithm and one key, whatever the token says;
 * issuer, audience, type and both times checked; and the credential behind it not revoked since.
 */
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(
    settings: Pick<Settings, 'publicUrl'>,
    key: SigningKey,
    private readonly credentials: CredentialDirectory,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request, token: string, done) => {
        const isOwn = hasOwnHeader(token, key.keyId) && isSpelledAsIssued(token);
        if (isOwn) done(null, key.publicKey as never);
        else done(new Error('not a token of this service'));
      },
      algorithms: [SIGNING_ALGORITHM],
      issuer: settings.publicUrl,
      audience: AUDIENCE,
      ignoreExpiration: false,
    } satisfies StrategyOptionsWithoutRequest);
  }

  async validate(payload: unknown): Promise<TokenBearer | null> {
    const bearer = bearerOf(payload);
    if (bearer === null) return null;
    return (await this.credentials.isLive(bearer.credentialId)) ? bearer : null;
  }
}
