import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { forbidden } from '../problems/problems.js';
import type { Authenticator } from './authenticate.js';
import type { Caller } from './caller.js';
import { OTHER_SCOPES_KEY, PUBLIC_KEY, SCOPES_KEY, type Scope } from './scopes.js';

/**
 * Stands before every route and lets nobody through by default: a route is either marked public, or
 * names the scopes that it needs. One that does neither is closed to everyone.
 */
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const route = context.getHandler();
    if (this.reflector.get<boolean | undefined>(PUBLIC_KEY, route)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // Known since before the body was read; a route that slipped past that is not open for it.
    const caller = request.caller ?? this.authenticator.authenticate(request);
    if (!(caller instanceof Promise)) return this.letIn(caller, request, route);
    return caller.then((verified) => this.letIn(verified, request, route));
  }

  private letIn(caller: Caller, request: FastifyRequest, route: Route): true {
    request.caller = caller;
    const scopesAt = (key: string) =>
      this.reflector.get<readonly Scope[] | undefined>(key, route) ?? [];
    const opens = (needed: readonly Scope[]) =>
      needed.length > 0 && needed.every((scope) => caller.scopes.includes(scope));
    const needed = scopesAt(SCOPES_KEY);
    if (!opens(needed) && !opens(scopesAt(OTHER_SCOPES_KEY))) throw forbidden(needed);
    return true;
  }
}

/** The method of a controller, which alone is marked: a mark of its class would open what comes later, too. */
type Route = ReturnType<ExecutionContext['getHandler']>;
