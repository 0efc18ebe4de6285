import type { Clock, UuidSource } from '@bulkhead/domain';
import { type EventLog, provenCredential } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { JwtService } from '@nestjs/jwt';
import type { Settings } from '../settings.js';
import { CLOCK, EVENT_LOG, NEW_UUID, SETTINGS } from '../sources.js';
import {
  type AccessTokenClaims,
  AUDIENCE,
  NOT_BEFORE_LEEWAY_SECONDS,
  TOKEN_LIFETIME_SECONDS,
} from './access-token.js';
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

@CommandHandler(IssueToken)
export class IssueTokenHandler implements ICommandHandler<IssueToken> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    private readonly jwt: JwtService,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
  ) {}

  /** @throws TokenRefusal */
  async execute({ request }: IssueToken): Promise<IssuedToken> {
    const credential = await provenCredential(this.log, request);
    if (credential === null) {
      throw new TokenRefusal('invalid_client', 'The client is unknown or its secret is wrong.');
    }
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
}
