import type { Clock } from '@bulkhead/domain';
import { Module } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import type { Settings } from '../settings.js';
import { CLOCK, EVENT_LOG, SETTINGS } from '../sources.js';
import { AccessGuard } from './access.guard.js';
import { TOKEN_TYPE } from './access-token.js';
import { Authenticator } from './authenticate.js';
import { CredentialDirectory } from './credential-directory.js';
import { IssueTokenHandler } from './issue-token.handler.js';
import { JwtStrategy } from './jwt.strategy.js';
import { loadSigningKey, SIGNING_ALGORITHM, type SigningKey } from './signing-key.js';
import { SIGNING_KEY, TokenController } from './token.controller.js';
import { VerifiedTokens } from './verified-tokens.js';

@Module({
  providers: [
    {
      provide: SIGNING_KEY,
      useFactory: (settings: Settings) => loadSigningKey(settings.tokenSigningKeyPem),
      inject: [SETTINGS],
    },
  ],
  exports: [SIGNING_KEY],
})
class SigningKeyModule {}

@Module({
  imports: [
    CqrsModule,
    PassportModule,
    SigningKeyModule,
    JwtModule.registerAsync({
      imports: [SigningKeyModule],
      useFactory: (key: SigningKey) => ({
        privateKey: key.privateKey,
        signOptions: {
          algorithm: SIGNING_ALGORITHM,
          header: { alg: SIGNING_ALGORITHM, typ: TOKEN_TYPE, kid: key.keyId },
        },
      }),
      inject: [SIGNING_KEY],
    }),
  ],
  controllers: [TokenController],
  providers: [
    IssueTokenHandler,
    {
      provide: CredentialDirectory,
      useFactory: (...args: ConstructorParameters<typeof CredentialDirectory>) =>
        new CredentialDirectory(...args),
      inject: [EVENT_LOG, CLOCK],
    },
    {
      provide: JwtStrategy,
      useFactory: (...args: ConstructorParameters<typeof JwtStrategy>) => new JwtStrategy(...args),
      inject: [SETTINGS, SIGNING_KEY, CredentialDirectory],
    },
    {
      provide: Authenticator,
      useFactory: (strategy: JwtStrategy, clock: Clock, credentials: CredentialDirectory) =>
        new Authenticator(strategy, new VerifiedTokens(clock), credentials),
      inject: [JwtStrategy, CLOCK, CredentialDirectory],
    },
    {
      provide: APP_GUARD,
      useFactory: (...args: ConstructorParameters<typeof AccessGuard>) => new AccessGuard(...args),
      inject: [Reflector, Authenticator],
    },
  ],
  exports: [CredentialDirectory],
})
export class AuthModule {}
