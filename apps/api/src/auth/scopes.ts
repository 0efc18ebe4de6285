import type { Role } from '@bulkhead/domain';
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';

export const SCOPES = {
  'workloads:read': 'Read own workloads, batches and trust level.',
  'workloads:write': 'Submit and cancel own workloads and batches.',
  'audit:read': 'Read the log across tenants.',
  'platform:admin': 'Register tenants and hosts, issue credentials, change trust.',
} as const;
export type Scope = keyof typeof SCOPES;

/** What each role may ask for; a token request without `scope` gets all of it. */
export const SCOPES_OF_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  tenant: ['workloads:read', 'workloads:write'],
  auditor: ['audit:read'],
  operator: ['platform:admin'],
};

export const SCOPES_KEY = 'bulkhead:scopes';
export const OTHER_SCOPES_KEY = 'bulkhead:other-scopes';
export const PUBLIC_KEY = 'bulkhead:public';

/** Every scope named is needed. A route with neither this nor `@Public()` is closed to everyone. */
export const Scopes = (...scopes: readonly Scope[]) => SetMetadata(SCOPES_KEY, scopes);
/** Scopes of another role that open the route just as well, all of them together. */
export const OtherScopes = (...scopes: readonly Scope[]) => SetMetadata(OTHER_SCOPES_KEY, scopes);
/** The route needs no token; said to the access guard, and to the hook that runs before the body. */
export const Public = () =>
  applyDecorators(SetMetadata(PUBLIC_KEY, true), RouteConfig({ isPublic: true }));
