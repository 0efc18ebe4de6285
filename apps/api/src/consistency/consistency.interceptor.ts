import type { EventLog } from '@bulkhead/event-store';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import type { Caller } from '../auth/caller.js';
import { CONSISTENCY_HEADER, type ConsistencyTokens } from './consistency-tokens.js';
import type { ProjectionWaiter } from './projection-waiter.js';
import { FRESHNESS_KEY, type RouteFreshness } from './route-freshness.js';

const HEADER = CONSISTENCY_HEADER.toLowerCase();
/** Operators and auditors see the same log, so one may use what another was answered. */
const PLATFORM_SCOPE = 'platform';

/** Gives answers of commands their token, and lets reads that bring one wait for what they show. */
export class ConsistencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: ConsistencyTokens,
    private readonly waiter: ProjectionWaiter,
    private readonly log: Pick<EventLog, 'lastPosition'>,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { caller } = request;
    if (caller === null) return next.handle();
    const freshness = this.reflector.get<RouteFreshness | undefined>(
      FRESHNESS_KEY,
      context.getHandler(),
    );
    if (freshness?.isCommand) {
      const reply = http.getResponse<FastifyReply>();
      return next.handle().pipe(mergeMap((body) => this.withToken(caller, reply, body)));
    }
    await this.wait(caller, request.headers[HEADER], freshness?.shows ?? []);
    return next.handle();
  }

  private async withToken(caller: Caller, reply: FastifyReply, body: unknown): Promise<unknown> {
    // A repetition records nothing: what it repeats was recorded at some position up to now.
    const position = caller.recorded.position ?? (await this.log.lastPosition());
    void reply.header(CONSISTENCY_HEADER, this.tokens.seal(scopeOf(caller), position));
    return body;
  }

  private async wait(caller: Caller, token: unknown, projections: readonly string[]) {
    if (token === undefined) return;
    const scope = scopeOf(caller);
    const position = this.tokens.open(scope, String(token));
    if (projections.length > 0) await this.waiter.passed({ scope, projections, position });
  }
}

function scopeOf({ tenantId }: Caller): string {
  return tenantId ?? PLATFORM_SCOPE;
}
