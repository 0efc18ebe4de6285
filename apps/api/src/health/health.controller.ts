import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type pg from 'pg';
import { z } from 'zod';
import { ApiRoute } from '../http/api-route.js';
import { API_POOL } from '../sources.js';

const Health = z
  .strictObject({ status: z.enum(['ok', 'unavailable']) })
  .meta({ id: 'Health', examples: [{ status: 'ok' }] });
type HealthView = z.infer<typeof Health>;

const RETRY_AFTER_SECONDS = '1';

@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(@Inject(API_POOL) private readonly pool: pg.Pool) {}

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
    summary: 'Whether requests can be served',
    status: 200,
    answers: Health,
    answerDescription: 'Postgres answers.',
  })
  @ApiResponse({ status: 503, description: 'Postgres does not answer.', standardSchema: Health })
  async getReadiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthView> {
    try {
      await this.pool.query('SELECT 1');
      return { status: 'ok' };
    } catch {
      void reply.code(503).header('retry-after', RETRY_AFTER_SECONDS);
      return { status: 'unavailable' };
    }
  }
}
