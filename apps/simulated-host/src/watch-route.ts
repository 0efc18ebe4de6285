import type { ServerResponse } from 'node:http';
import type { SimulatedFleet } from '@bulkhead/hypervisor/simulated';
import type { FastifyInstance } from 'fastify';
import { hostParams } from './schemas.js';

const HEARTBEAT_MS = 4_000;
/** A watcher that leaves this much unread is cut off; it begins again with everything there is. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/**
 * NDJSON: a hello, then one notice a line, and a heartbeat where nothing else is said. What happens in
 * one turn of the event loop goes out in one write.
 */
export function watchRoute(app: FastifyInstance, fleet: SimulatedFleet): void {
  app.get('/v1/hosts/:hostId/watch', (request, reply) => {
    const { hostId } = hostParams.parse(request.params);
    const host = fleet.host(hostId);
    const { bootId } = host.fingerprint();
    const lines = new LineWriter(reply.raw);
    lines.write({ hello: { hostId, bootId } });
    // The host may have too many watchers: until here the answer can still be a refusal.
    const stop = host.watch({
      notice: (notice) => lines.write(notice),
      closed: (reason) => lines.end({ closed: reason }),
    });
    reply.hijack();
    lines.open();
    const heartbeat = setInterval(() => lines.write({ heartbeat: true }), HEARTBEAT_MS);
    reply.raw.on('close', () => {
      clearInterval(heartbeat);
      stop();
    });
  });
}

/** Collects lines and writes them once a turn. */
class LineWriter {
  #pending = '';
  #scheduled = true;

  constructor(private readonly response: ServerResponse) {}

  /** Nothing is written before this. */
  open(): void {
    const type = 'application/x-ndjson';
    this.response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
    this.#flush();
  }

  write(line: object): void {
    this.#pending += `${JSON.stringify(line)}\n`;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  end(line: object): void {
    this.write(line);
    this.#flush();
    this.response.end();
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#pending === '' || this.response.writableEnded) return;
    this.response.write(this.#pending);
    this.#pending = '';
    if (this.response.writableLength > MAX_UNREAD_BYTES) this.response.destroy();
  }
}
