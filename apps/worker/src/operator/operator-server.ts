import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metricsText } from './metrics-text.js';
import type { WorkerHealth } from './worker-health.js';

/** Only the machine itself and its probes look here. */
const OPERATOR_ADDRESS = '127.0.0.1';
const REQUEST_TIMEOUT_MS = 10_000;

/** Health and metrics of one worker over HTTP. No tenant ever speaks to it. */
export class OperatorServer {
  private readonly server: Server;

  constructor(private readonly health: WorkerHealth) {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch(() => reply(response, 500, 'text/plain', 'failed\n'));
    });
    this.server.requestTimeout = REQUEST_TIMEOUT_MS;
  }

  /** The port that it listens on; 0 takes any free one. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, OPERATOR_ADDRESS, resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET') return reply(response, 405, 'text/plain', 'only GET\n');
    switch (url) {
      case '/health/live':
        return reply(response, 200, 'application/json', '{"status":"live"}\n');
      case '/health/ready': {
        const report = await this.health.report();
        const body = { status: report.ready ? 'ready' : 'not ready', ...report };
        const status = report.ready ? 200 : 503;
        return reply(response, status, 'application/json', `${JSON.stringify(body)}\n`);
      }
      case '/metrics': {
        const text = metricsText(await this.health.report(), this.health.fleetPosition());
        return reply(response, 200, 'text/plain; version=0.0.4', text);
      }
      default:
        return reply(response, 404, 'text/plain', 'not found\n');
    }
  }
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
