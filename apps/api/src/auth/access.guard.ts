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
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC_KEY, targets)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // Known since before the body was read; a route that slipped past that is not open for it.
    const caller = request.caller ?? this.authenticator.authenticate(request);
    if (!(caller instanceof Promise)) return this.letIn(caller, request, targets);
    return caller.then((verified) => this.letIn(verified, request, targets));
  }

  private letIn(caller: Caller, request: FastifyRequest, targets: Targets): true {
    request.caller = caller;
    const scopesAt = (key: string) =>
      this.reflector.getAllAndOverride<readonly Scope[]>(key, targets) ?? [];
    const opens = (needed: readonly Scope[]) =>
      needed.length > 0 && needed.every((scope) => caller.scopes.includes(scope));
    const needed = scopesAt(SCOPES_KEY);
    if (!opens(needed) && !opens(scopesAt(OTHER_SCOPES_KEY))) throw forbidden(needed);
    return true;
  }
}

/** A handler and its class, both of which may be marked. */
type Targets = Parameters<Reflector['getAllAndOverride']>[1];
