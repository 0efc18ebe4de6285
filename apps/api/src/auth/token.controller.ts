import { Body, Controller, Get, Headers, Inject, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiConsumes, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ApiRoute } from '../http/api-route.js';
import { IssueToken } from './issue-token.handler.js';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.js';
import { parseTokenRequest, TokenRefusal } from './token-request.js';

export const SIGNING_KEY = Symbol('SigningKey');

const TokenForm = z
  .object({
    grant_type: z.literal('client_credentials'),
    client_id: z.string().optional().meta({ description: 'Or by HTTP Basic.' }),
    client_secret: z.string().optional(),
    scope: z.string().optional().meta({ description: 'Fewer scopes than the client may have.' }),
  })
  .meta({ id: 'TokenForm' });

const Token = z
  .strictObject({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int(),
    scope: z.string(),
  })
  .meta({
    id: 'Token',
    examples: [
      {
        access_token: 'eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl',
        token_type: 'Bearer',
        expires_in: 900,
        scope: 'workloads:read workloads:write',
      },
    ],
  });

const TokenError = z.strictObject({ error: z.string(), error_description: z.string() }).meta({
  id: 'TokenError',
  description: 'RFC 6749, section 5.2.',
  examples: [{ error: 'invalid_client', error_description: 'The secret is wrong.' }],
});

const KeySet = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal('RSA'),
        use: z.literal('sig'),
        alg: z.literal('RS256'),
        kid: z.string(),
        n: z.string(),
        e: z.string(),
      }),
    ),
  })
  .meta({ id: 'KeySet', description: 'RFC 7517.' });

/** How long a verifier may keep the key set. */
const KEYS_MAX_AGE = 'public, max-age=300';

@ApiTags('tokens')
@Controller()
export class TokenController {
  constructor(
    private readonly commands: CommandBus,
    @Inject(SIGNING_KEY) private readonly key: SigningKey,
  ) {}

  @Post('oauth/token')
  @ApiRoute({
    summary: 'Get an access token by client credentials',
    status: 200,
    answers: Token,
    answerDescription: 'A bearer token for 15 minutes.',
    problems: [413, 415],
  })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ standardSchema: TokenForm } as never)
  @ApiResponse({ status: 400, description: 'The request is wrong.', standardSchema: TokenError })
  @ApiResponse({ status: 401, description: 'The client is unknown.', standardSchema: TokenError })
  async issueToken(
    @Body() form: unknown,
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    void reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' });
    try {
      const request = parseTokenRequest(form, authorization);
      return await this.commands.execute(new IssueToken(request));
    } catch (error) {
      if (!(error instanceof TokenRefusal)) throw error;
      void reply.code(error.status);
      if (error.status === 401) void reply.header('www-authenticate', 'Basic realm="bulkhead"');
      return { error: error.error, error_description: error.description };
    }
  }

  @Get('.well-known/jwks.json')
  @ApiRoute({
    summary: 'The keys that verify access tokens',
    status: 200,
    answers: KeySet,
    answerDescription: 'One key.',
  })
  keySet(@Res({ passthrough: true }) reply: FastifyReply) {
    void reply.header('cache-control', KEYS_MAX_AGE);
    const { keyId, jwk } = this.key;
    return { keys: [{ ...jwk, use: 'sig', alg: SIGNING_ALGORITHM, kid: keyId }] };
  }
}
