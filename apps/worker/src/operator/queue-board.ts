import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import type { OpenQueues } from '../queue/open-queues.js';
import type { OperatorLogin } from './operator-login.js';

export const BOARD_PATH = '/queues';

/**
 * The page asks for fonts elsewhere; whoever serves those would learn when an operator looks. So it loads
 * from here alone. Its styles stand in the page too, its scripts do not.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "frame-ancestors 'none'",
  "base-uri 'self'",
  "form-action 'self'",
].join('; ');

/** The page holds what operators may see; no other page may show it in a frame, and no cache may keep it. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

/**
 * Bull Board over all queues, for operators only. It shows and does nothing: what an operator does to a
 * queue goes through the api, which records it.
 */
export function mountQueueBoard(
  server: FastifyInstance,
  queues: OpenQueues,
  login: Pick<OperatorLogin, 'isOperator'>,
): void {
  const serverAdapter = new FastifyAdapter();
  serverAdapter.setBasePath(BOARD_PATH);
  createBullBoard({
    queues: Object.values(queues).map(
      (queue) => new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false }),
    ),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Bulkhead' } },
  });
  server.register(
    (board, _, done) => {
      board.addHook('onRequest', async (request, reply) => {
        reply.headers(HEADERS);
        if (await login.isOperator(request.headers.authorization)) return;
        const realm = 'Basic realm="Bulkhead queues", charset="UTF-8"';
        await reply
          .code(401)
          .header('www-authenticate', realm)
          .type('text/plain')
          .send('an operator’s credential is needed: its id and its secret\n');
      });
      board.register(serverAdapter.registerPlugin());
      done();
    },
    { prefix: BOARD_PATH },
  );
}
