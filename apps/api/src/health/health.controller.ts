import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type pg from 'pg';
import { z } from 'zod';
import { ApiRoute } from '../http/api-route.js';
import { API_POOL, TIMERS, type Timers } from '../sources.js';
import { SharedQuestion } from './shared-question.js';
import { ToldHealth, type WorkersHealth } from './told-health.js';

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
        queue: z.enum(['ok', 'unreachable', 'silent']).meta({
          description:
            'Whether the queues of jobs serve the workers. unreachable: their datastore does not answer the workers. silent: no worker tells of them.',
        }),
        consumers: following.meta({
          description:
            'Whether everything follows the log: what makes jobs of events, and what makes lists. behind: one trails by minutes. waiting: one needs a newer version of the workers. stopped: one has met an event that it cannot apply.',
        }),
      })
      .optional(),
  })
  .meta({
    id: 'Readiness',
    examples: [{ status: 'ok', checks: { postgres: 'ok', queue: 'ok', consumers: 'ok' } }],
  });
type ReadinessView = z.infer<typeof Readiness>;

const RETRY_AFTER_SECONDS = '1';
/** Whoever probes a process gives it about five seconds; a statement may take thirty. */
export const READY_WITHIN_MS = 3_000;

@ApiTags('operations')
@Controller('health')
export class HealthController {
  private readonly health: SharedQuestion<WorkersHealth>;

  constructor(@Inject(API_POOL) pool: pg.Pool, told: ToldHealth, @Inject(TIMERS) timers: Timers) {
    const askPostgres = () => pool.query('SELECT 1').then(() => told.read());
    this.health = new SharedQuestion(timers, READY_WITHIN_MS, askPostgres);
  }

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
      'A consumer that trails, waits or has stopped, or a queue that is away, does not make an api that can answer unready; operators see which one it is at /v1/consumers and /v1/queues.',
    status: 200,
    answers: Readiness,
    answerDescription: 'Postgres answers.',
  })
  @ApiResponse({
    status: 503,
    description: `Postgres does not answer within ${READY_WITHIN_MS / 1_000} seconds.`,
    standardSchema: Readiness,
  })
  async getReadiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessView> {
    try {
      const { queue, consumers } = await this.health.ask();
      const status = queue === 'ok' && consumers === 'ok' ? 'ok' : 'degraded';
      return { status, checks: { postgres: 'ok', queue, consumers } };
    } catch {
      void reply.code(503).header('retry-after', RETRY_AFTER_SECONDS);
      return { status: 'unavailable' };
    }
  }
}
