import { createReadStream, statSync } from 'node:fs';
import { DriverError } from '@bulkhead/hypervisor';
import type { FastifyInstance } from 'fastify';
import type { Home } from './home.js';
import { hostParams } from './schemas.js';

/** What the hosts did by their own record, for whoever compares it with the log. */
export function journalRoutes(app: FastifyInstance, home: Home): void {
  app.get('/v1/journals', (_request, reply) => {
    reply.send({ journals: home.journals() });
  });
  app.get('/v1/journals/:hostId', (request, reply) => {
    const { hostId } = hostParams.parse(request.params);
    const path = home.journalPath(hostId);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (!size) throw new DriverError('NOT_FOUND', `no journal of host ${hostId}`);
    // Entries are written whole and between requests, so the present size is the end of a line.
    reply.type('application/x-ndjson').send(createReadStream(path, { end: size - 1 }));
  });
}
