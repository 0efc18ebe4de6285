import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseNetworks } from '@bulkhead/addresses';
import { knownEvents, SecretBox } from '@bulkhead/event-store';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { realClock, realSteadyClock, realTimers } from '../../../apps/worker/src/real-time.js';
import { openStores, type Stores } from '../../../apps/worker/src/stores.js';
import { WebhookSender } from '../../../apps/worker/src/webhooks/webhook-sender.js';
import { webhookSources } from '../../../apps/worker/src/webhooks/webhook-sources.js';
import { webhooksConsumer } from '../../../apps/worker/src/webhooks/webhooks-consumer.js';

/** A message as a receiver hears it. */
export interface Heard {
  readonly path: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** A receiver of messages on this machine, which answers what a test says. */
export class Receiver {
  readonly heard: Heard[] = [];
  /** The status of the next answers; what is left out is 204. */
  readonly answers: number[] = [];

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async listen(): Promise<Receiver> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const receiver = new Receiver(server, (server.address() as AddressInfo).port);
    server.on('request', async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      const { url: path = '', headers } = request;
      receiver.heard.push({ path, body, headers });
      response.writeHead(receiver.answers.shift() ?? 204).end();
    });
    return receiver;
  }

  url(path = '/'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** What was heard at a path, so that tests do not hear each other's messages. */
  at(path: string): readonly Heard[] {
    return this.heard.filter((one) => one.path === path);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Of a worker, what webhooks are: the consumer that makes messages, and a sender. */
export class WebhookWorker {
  private constructor(
    readonly stores: Stores,
    /** What it logged. */
    readonly lines: readonly string[],
    private readonly running: readonly Promise<unknown>[],
    private readonly stopping: AbortController,
  ) {}

  static async start(
    workerUrl: string,
    key: Buffer,
    allowed = ['127.0.0.0/8'],
  ): Promise<WebhookWorker> {
    const stores = await openStores(workerUrl, knownEvents, v7);
    const { log, dataSource, leases, listener, messages } = stores;
    const lines: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const sender = new WebhookSender({
      ...webhookSources({ key, allowed: parseNetworks(allowed) }, messages, realTimers),
      ...{ secretBox: new SecretBox(key), log, newId: v7, chance: () => 0.5, logger },
      ...{ clock: realClock, steadyClock: realSteadyClock, timers: realTimers },
    });
    const around = { log, dataSource, leases, listener, logger };
    const consumer = webhooksConsumer(around, realTimers, () => sender.wake());
    listener.start();
    const abort = new AbortController();
    const running = [consumer.run(abort.signal), sender.run(abort.signal)];
    return new WebhookWorker(stores, lines, running, abort);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
    await this.stores.close();
  }
}
