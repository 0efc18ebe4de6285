import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { idempotencyScope } from '../auth/caller.js';
import { resourceOf } from '../http/request-context.js';
import { invalidRequest } from '../problems/problems.js';
import { type IdempotentRequest, requestHash } from './idempotency.js';

export const KEY_MAX_LENGTH = 255;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/** Makes the request's identity from its key and its validated body; null where it named no key. */
export type IdempotencyOf = (body: unknown) => IdempotentRequest | null;

/** For creating routes: the `Idempotency-Key` of the request, checked. */
export const Idempotency = createParamDecorator(
  (_: unknown, context: ExecutionContext): IdempotencyOf => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers['idempotency-key'];
    const { caller } = request;
    if (key === undefined || caller === null) return () => null;
    if (typeof key !== 'string' || key.length > KEY_MAX_LENGTH || !PRINTABLE_ASCII.test(key)) {
      const detail = `must be 1 to ${KEY_MAX_LENGTH} printable ASCII characters`;
      throw invalidRequest([{ parameter: 'Idempotency-Key', detail }]);
    }
    const route = `${request.method} ${resourceOf(request)}`;
    const scope = idempotencyScope(caller);
    return (body) => ({ scope, route, key, requestSha256: requestHash(body) });
  },
);
