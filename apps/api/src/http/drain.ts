import type { FastifyInstance } from 'fastify';

/**
 * Ends each connection with the answer that is still owed on it once the server stops. Idle connections
 * are closed by the server itself; one that was busy then would be kept alive, and hold the stop up, for
 * as long as its client likes.
 */
export function endConnectionsWhileStopping(fastify: FastifyInstance): void {
  let stopping = false;
  fastify.addHook('preClose', async () => {
    stopping = true;
  });
  fastify.addHook('onSend', async (_request, reply, payload) => {
    if (stopping) void reply.header('connection', 'close');
    return payload;
  });
}
