import type { AddressInfo } from 'node:net';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { metricsText } from './metrics-text.js';
import type { WorkerHealth } from './worker-health.js';

/** Only the machine itself and its probes look here. */
const OPERATOR_ADDRESS = '127.0.0.1';
const REQUEST_TIMEOUT_MS = 10_000;
const READING: readonly string[] = ['GET', 'HEAD'];

/** Health, metrics and the board of the queues of one worker over HTTP. No tenant ever speaks to it. */
export class OperatorServer {
  private readonly server: FastifyInstance;

  /** `mount` adds what else the port shows. */
  constructor(
    private readonly health: WorkerHealth,
    mount: (server: FastifyInstance) => void,
  ) {
    this.server = fastify({ requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true });
    this.server.addHook('onRequest', async ({ method }, reply) => {
      if (!READING.includes(method)) await answer(reply, 405, 'text/plain', 'only GET\n');
    });
    this.server.setNotFoundHandler((_, reply) => answer(reply, 404, 'text/plain', 'not found\n'));
    this.server.setErrorHandler((_, __, reply) => answer(reply, 500, 'text/plain', 'failed\n'));
    this.addRoutes();
    mount(this.server);
  }

  /** The port that it listens on; 0 takes any free one. */
  async listen(port: number): Promise<number> {
    await this.server.listen({ port, host: OPERATOR_ADDRESS });
    return (this.server.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  private addRoutes(): void {
    this.server.get('/health/live', (_, reply) =>
      answer(reply, 200, 'application/json', '{"status":"live"}\n'),
    );
    this.server.get('/health/ready', async (_, reply) => {
      const report = await this.health.report();
      const body = { status: report.ready ? 'ready' : 'not ready', ...report };
      const status = report.ready ? 200 : 503;
      return answer(reply, status, 'application/json', `${JSON.stringify(body)}\n`);
    });
    this.server.get('/metrics', async (_, reply) => {
      const text = metricsText(await this.health.report(), this.health.fleetPosition());
      return answer(reply, 200, 'text/plain; version=0.0.4', text);
    });
  }
}

function answer(reply: FastifyReply, status: number, type: string, body: string) {
  return reply.code(status).header('cache-control', 'no-store').type(type).send(body);
}
