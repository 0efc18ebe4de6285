import type { WireLogChunks } from '@bulkhead/hypervisor';
import type { SimulatedFleet } from '@bulkhead/hypervisor/simulated';
import type { FastifyInstance } from 'fastify';
import { problemOf } from './problems.js';
import { logReadSchema, logReadsBody } from './schemas.js';

/** What compute systems wrote, of many of them and of many hosts at once. It is never logged here. */
export function logRoutes(app: FastifyInstance, fleet: SimulatedFleet): void {
  app.post('/v1/logs', (request, reply) => {
    const { reads } = logReadsBody.parse(request.body);
    reply.send(
      reads.map((read): WireLogChunks => {
        try {
          const { hostId, id, from } = logReadSchema.parse(read);
          return { chunks: fleet.host(hostId).logs(id, from) };
        } catch (error) {
          return problemOf(error).problem;
        }
      }),
    );
  });
}
