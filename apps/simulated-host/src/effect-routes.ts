import { DriverError, type WireEffect, type WireOutcome } from '@bulkhead/hypervisor';
import type { SimulatedFleet } from '@bulkhead/hypervisor/simulated';
import type { FastifyInstance } from 'fastify';
import { problemOf } from './problems.js';
import { effectSchema, effectsBody } from './schemas.js';

/** Effects on compute systems: one by one under the host's own path, or many of many hosts at once. */
export function effectRoutes(app: FastifyInstance, fleet: SimulatedFleet): void {
  const path = '/v1/hosts/:hostId/compute-systems';
  app.post(path, (request, reply) => {
    carryOut(fleet, effectSchema.parse(asked('create', request.params, request.body)));
    reply.code(204).send();
  });
  for (const operation of ['start', 'shutdown', 'terminate', 'release'] as const) {
    app.post(`${path}/:id/${operation}`, (request, reply) => {
      carryOut(fleet, effectSchema.parse(asked(operation, request.params, request.body)));
      reply.code(204).send();
    });
  }
  app.post('/v1/effects', (request, reply) => {
    const { effects } = effectsBody.parse(request.body);
    reply.send(
      effects.map((effect): WireOutcome => {
        try {
          carryOut(fleet, effectSchema.parse(effect));
          return { accepted: true };
        } catch (error) {
          if (!(error instanceof DriverError)) request.log.warn({ err: error }, 'effect refused');
          return problemOf(error).problem;
        }
      }),
    );
  });
}

/** An effect from a path and a body; a body that is no object is refused with the rest of its problems. */
function asked(operation: string, params: unknown, body: unknown): object {
  return { ...(body as object), ...(params as object), operation };
}

function carryOut(fleet: SimulatedFleet, effect: WireEffect): void {
  const host = fleet.host(effect.hostId);
  const { operation, fence } = effect;
  if (operation === 'create') host.create(effect.spec, fence);
  else if (operation === 'shutdown') host.shutdown(effect.id, effect.timeoutMs, fence);
  else host[operation](effect.id, fence);
}
