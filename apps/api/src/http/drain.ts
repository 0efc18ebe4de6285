import { Server, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Timers } from '../sources.js';

/** Whoever has connected and sent nothing yet may be about to; so long it is waited for that. */
const UNUSED_KEPT_MS = 500;
const LOOK_EVERY_MS = 25;

export interface Stopping {
  /**
   * From now on each answer ends its connection, while new ones are still taken. A client that keeps
   * connections alive then has none left on which it could send when the server closes them.
   */
  announce(): void;
}

/**
 * Ends each connection with the answer that is still owed on it once the server stops. Idle connections
 * are closed by the server itself; one that was busy then would be kept alive, and one on which nothing was
 * ever sent, as clients open in advance, waited for: both would hold the stop up for a minute.
 */
export function endConnectionsWhileStopping(fastify: FastifyInstance, timers: Timers): Stopping {
  let stopping = false;
  const connections = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  fastify.addHook('preClose', async () => {
    stopping = true;
    // Nobody can connect any more, while connections that are there go on.
    Server.prototype.close.call(fastify.server);
    const unused = () => [...connections].filter(({ bytesRead }) => bytesRead === 0);
    for (let waitedMs = 0; waitedMs < UNUSED_KEPT_MS; waitedMs += LOOK_EVERY_MS) {
      if (unused().length === 0) return;
      await new Promise<void>((resolve) => timers.after(LOOK_EVERY_MS, resolve));
    }
    for (const socket of unused()) socket.destroy();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) void reply.header('connection', 'close');
    done();
  });
  return {
    announce: () => {
      stopping = true;
    },
  };
}
