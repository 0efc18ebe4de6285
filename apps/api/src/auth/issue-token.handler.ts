import { createHash, timingSafeEqual } from 'node:crypto';
import { type Clock, isId, type UuidSource } from '@bulkhead/domain';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { JwtService } from '@nestjs/jwt';
import type { Settings } from '../settings.js';
import { CLOCK, NEW_UUID, SETTINGS } from '../sources.js';
import {
  type AccessTokenClaims,
  AUDIENCE,
  NOT_BEFORE_LEEWAY_SECONDS,
  TOKEN_LIFETIME_SECONDS,
} from './access-token.js';
import { CredentialDirectory } from './credential-directory.js';
import { SCOPES_OF_ROLE } from './scopes.js';
import { TokenRefusal, type TokenRequest } from './token-request.js';

export interface IssuedToken {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
}

export class IssueToken extends Command<IssuedToken> {
  constructor(readonly request: TokenRequest) {
    super();
  }
}

const NO_SECRET = Buffer.alloc(32);

@CommandHandler(IssueToken)
export class IssueTokenHandler implements ICommandHandler<IssueToken> {
  constructor(
    private readonly credentials: CredentialDirectory,
    private readonly jwt: JwtService,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
  ) {}

  /** @throws TokenRefusal */
  async execute({ request }: IssueToken): Promise<IssuedToken> {
    const credential = await this.authenticate(request);
    const allowed: readonly string[] = SCOPES_OF_ROLE[credential.role];
    const scopes = request.scopes ?? allowed;
    if (scopes.length === 0 || !scopes.every((scope) => allowed.includes(scope))) {
      throw new TokenRefusal('invalid_scope', `This client may have: ${allowed.join(' ')}.`);
    }
    const nowSeconds = Math.floor(this.clock() / 1_000);
    const scope = scopes.join(' ');
    const claims: AccessTokenClaims = {
      iss: this.settings.publicUrl,
      aud: AUDIENCE,
      sub: credential.credentialId,
      client_id: credential.credentialId,
      role: credential.role,
      tenant: credential.tenantId,
      scope,
      iat: nowSeconds,
      nbf: nowSeconds - NOT_BEFORE_LEEWAY_SECONDS,
      exp: nowSeconds + TOKEN_LIFETIME_SECONDS,
      jti: this.newUuid(),
    };
    return {
      access_token: await this.jwt.signAsync(claims),
      token_type: 'Bearer',
      expires_in: TOKEN_LIFETIME_SECONDS,
      scope,
    };
  }

  /** Unknown, wrong and revoked look the same, in what is answered and in how it is compared. */
  private async authenticate({ clientId, clientSecret }: TokenRequest) {
    const state = isId('cred', clientId) ? await this.credentials.read(clientId) : null;
    const expected = state?.credentialId ? Buffer.from(state.secretSha256, 'hex') : NO_SECRET;
    const shown = createHash('sha256').update(clientSecret).digest();
    const matches = expected.length === shown.length && timingSafeEqual(shown, expected);
    if (!matches || state === null || state.credentialId === null || state.revokedAtMs !== null) {
      throw new TokenRefusal('invalid_client', 'The client is unknown or its secret is wrong.');
    }
    return { ...state, credentialId: state.credentialId };
  }
}
