import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { CONSISTENCY_HEADER, type ConsistencyTokens, tokenScope } from './consistency-tokens.js';
import type { ProjectionWaiter } from './projection-waiter.js';
import { FRESHNESS_KEY, type RouteFreshness } from './route-freshness.js';

const HEADER = CONSISTENCY_HEADER.toLowerCase();

/**
 * Lets reads that bring a token wait for what they show, and marks the requests whose answers get one. It comes
 * after the access guard, whose module is imported first: nobody waits who may not read.
 */
export class ConsistencyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: Pick<ConsistencyTokens, 'open'>,
    private readonly waiter: Pick<ProjectionWaiter, 'passed'>,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { caller } = request;
    if (caller === null) return true;
    const freshness = this.reflector.get<RouteFreshness | undefined>(
      FRESHNESS_KEY,
      context.getHandler(),
    );
    if (freshness?.isCommand) {
      request.isCommand = true;
      return true;
    }
    const token = request.headers[HEADER];
    if (token === undefined) return true;
    const scope = tokenScope(caller);
    const position = this.tokens.open(scope, String(token));
    const projections = freshness?.shows ?? [];
    if (projections.length === 0) return true;
    return this.waiter.passed({ scope, projections, position }).then(() => true);
  }
}
