import type { Actor, CredentialId, EventMetadata, Role, TenantId, TimeMs } from '@bulkhead/domain';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RecordedPosition } from '../consistency/recorded-position.js';

/** Who asks, as the verified token says, and the id that ties together what this request leads to. */
export interface Caller {
  readonly role: Role;
  readonly credentialId: CredentialId;
  /** Null for the platform's own roles. */
  readonly tenantId: TenantId | null;
  readonly scopes: readonly string[];
  /** When the token ends, and with it whatever was opened with it. */
  readonly expiresAtMs: TimeMs;
  readonly correlationId: string;
  readonly recorded: RecordedPosition;
}

export interface TenantCaller extends Caller {
  readonly tenantId: TenantId;
}

/** The caller of a route of operators or auditors. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context),
);

/** The caller of a tenant's route. Its tenant comes from the token and from nowhere else. */
export const CurrentTenant = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const caller = callerOf(context);
  if (caller.tenantId === null) throw new Error('a tenant scope was granted without a tenant');
  return caller;
});

function callerOf(context: ExecutionContext): Caller {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (caller === null) throw new Error('the route is public and has no caller');
  return caller;
}

/** What every append of this caller's request says of where it came from. */
export function metadataOf(caller: Caller): EventMetadata {
  const actor: Actor = { kind: caller.role, id: caller.credentialId };
  return { actor, correlationId: caller.correlationId, causationPosition: null };
}

/** Whose idempotency keys these are: the tenant's, or the role's on platform routes. */
export function idempotencyScope(caller: Caller): string {
  return caller.tenantId ?? caller.role;
}
