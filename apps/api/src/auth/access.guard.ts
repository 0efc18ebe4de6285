import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { forbidden, unauthenticated } from '../problems/problems.js';
import type { TokenBearer } from './access-token.js';
import { PUBLIC_KEY, SCOPES_KEY, type Scope } from './scopes.js';

/**
 * Stands before every route and lets nobody through by default: a route is either marked public, or
 * names the scopes that it needs. One that does neither is closed to everyone.
 */
export class AccessGuard extends AuthGuard('jwt') implements CanActivate {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC_KEY, targets)) return true;
    await super.canActivate(context);
    const request = context.switchToHttp().getRequest<FastifyRequest & { user: TokenBearer }>();
    request.caller = { ...request.user, correlationId: request.correlationId };
    const needed = this.reflector.getAllAndOverride<readonly Scope[]>(SCOPES_KEY, targets) ?? [];
    const { scopes } = request.user;
    if (needed.length === 0 || !needed.every((scope) => scopes.includes(scope))) {
      throw forbidden(needed);
    }
    return true;
  }

  override handleRequest<T>(error: unknown, user: T, _info: unknown, context: ExecutionContext): T {
    // An error is ours (the log could not be read); a token that does not count gives no user.
    if (error) throw error;
    if (!user) {
      const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
      throw unauthenticated(headers.authorization !== undefined);
    }
    return user;
  }
}
