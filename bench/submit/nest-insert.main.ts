import 'reflect-metadata';
import { createSecretKey, randomBytes } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Module, Post, Req, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ExtractJwt, Strategy } from 'passport-jwt';
import pg from 'pg';
import { v7 } from 'uuid';

const CONNECTIONS_MAX = 32;
const POOL = 'POOL';
/** A key object: a secret in text would be parsed with every request. */
const key = createSecretKey(randomBytes(32));

class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: key as never,
      algorithms: ['HS256'],
    });
  }

  validate(payload: { readonly sub: string }): { readonly tenant: string } {
    return { tenant: payload.sub };
  }
}

@Controller('v1/workloads')
@UseGuards(AuthGuard('jwt'))
class WorkloadsController {
  constructor(@Inject(POOL) private readonly pool: pg.Pool) {}

  @Post()
  @HttpCode(202)
  async submit(@Body() body: object, @Req() request: { user: { tenant: string } }) {
    const id = v7();
    await this.pool.query({
      name: 'submit',
      text: 'INSERT INTO workloads (id, tenant, body) VALUES ($1, $2, $3)',
      values: [id, request.user.tenant, JSON.stringify(body)],
    });
    return { id };
  }
}

const pool = new pg.Pool({ connectionString: process.env['BENCH_URL'], max: CONNECTIONS_MAX });

@Module({
  controllers: [WorkloadsController],
  providers: [JwtStrategy, { provide: POOL, useValue: pool }],
})
class PeerModule {}

/** What a team would write first: a token is verified, and each request is one durable INSERT. */
async function serve(): Promise<void> {
  await pool.query(
    `CREATE TABLE IF NOT EXISTS workloads
       (id uuid PRIMARY KEY, tenant text NOT NULL, body jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now())`,
  );
  const app = await NestFactory.create(PeerModule, new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const token = new JwtService().sign({ sub: 'ten_bench' }, { secret: key as never });
  process.on('message', () => process.send?.({ url, token, used: process.cpuUsage() }));
  process.on('disconnect', () => process.exit());
  process.send?.({ ready: true });
}

await serve();
