import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type pg from 'pg';
import { z } from 'zod';
import { ApiRoute } from '../http/api-route.js';
import { API_POOL } from '../sources.js';
import { ConsumerHealth } from './consumer-health.js';

const Health = z
  .strictObject({ status: z.enum(['ok', 'unavailable']) })
  .meta({ id: 'Health', examples: [{ status: 'ok' }] });
type HealthView = z.infer<typeof Health>;

const following = z.enum(['ok', 'behind', 'waiting', 'stopped']);

const Readiness = z
  .strictObject({
    status: z.enum(['ok', 'degraded', 'unavailable']).meta({
      description:
        'degraded: requests are served, but lists go stale or accepted work waits, because of what a check says.',
    }),
    checks: z
      .strictObject({
        postgres: z.literal('ok'),
        queue: following.meta({ description: 'Whether events become jobs.' }),
        consumers: following.meta({ description: 'Whether everything else follows the log.' }),
      })
      .optional(),
  })
  .meta({
    id: 'Readiness',
    examples: [{ status: 'ok', checks: { postgres: 'ok', queue: 'ok', consumers: 'ok' } }],
  });
type ReadinessView = z.infer<typeof Readiness>;

const RETRY_AFTER_SECONDS = '1';

@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(
    @Inject(API_POOL) private readonly pool: pg.Pool,
    private readonly consumers: ConsumerHealth,
  ) {}

  @Get('live')
  @ApiRoute({
    summary: 'Whether the process answers',
    status: 200,
    answers: Health,
    answerDescription: 'It does.',
  })
  getLiveness(): HealthView {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiRoute({
    summary: 'Whether requests can be served, and whether what follows the log keeps up',
    description:
      'A consumer that trails, waits or has stopped does not make an api that can answer unready; operators see which one it is at /v1/consumers.',
    status: 200,
    answers: Readiness,
    answerDescription: 'Postgres answers.',
  })
  @ApiResponse({
    status: 503,
    description: 'Postgres does not answer.',
    standardSchema: Readiness,
  })
  async getReadiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessView> {
    try {
      await this.pool.query('SELECT 1');
      const { queue, consumers } = await this.consumers.read();
      const status = queue === 'ok' && consumers === 'ok' ? 'ok' : 'degraded';
      return { status, checks: { postgres: 'ok', queue, consumers } };
    } catch {
      void reply.code(503).header('retry-after', RETRY_AFTER_SECONDS);
      return { status: 'unavailable' };
    }
  }
}
