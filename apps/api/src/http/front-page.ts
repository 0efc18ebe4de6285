import type { FastifyInstance } from 'fastify';
import { pathOf } from './request-context.js';

/**
 * Leads whoever opens the address of the api in a browser on to its documentation. Programs ask for no page, and are
 * told as for every other route that there is none. The target is relative, because a proxy may serve the api below a path.
 */
export function leadBrowsersToDocs(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const isOpened = request.method === 'GET' && pathOf(request) === '/';
    if (isOpened && request.headers.accept?.includes('text/html')) void reply.redirect('docs', 302);
    else done();
  });
}
