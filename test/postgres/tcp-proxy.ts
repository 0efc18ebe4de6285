import { connect, createServer, type Server, type Socket } from 'node:net';

/** A network between a client and a server that can delay, swallow answers or cut connections. */
export class TcpProxy {
  /** While true, what the server says does not arrive: connections are half open. */
  swallowsAnswers = false;
  /** How long everything takes in either direction. */
  delayMs = 0;
  /** Which connection from now on, counted from 1, is cut as soon as it is made; null for none. */
  cutsConnection: number | null = null;
  /** What the next question holds after which its connection never hears anything again; null for none. */
  deafAfter: string | null = null;
  /** Connections that were answered, and of which no answer has arrived. */
  unanswered = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async to(target: URL): Promise<{ proxy: TcpProxy; url: string }> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on('connection', (client) => proxy.join(client, target));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(target);
    url.port = String((server.address() as { port: number }).port);
    return { proxy, url: url.href };
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, target: URL): void {
    if (this.cutsConnection !== null) {
      this.cutsConnection -= 1;
      if (this.cutsConnection === 0) {
        this.cutsConnection = null;
        client.on('error', () => {});
        client.destroy();
        return;
      }
    }
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => {});
    }
    const asked = this.inTurn((bytes) => upstream.write(bytes));
    const answered = this.inTurn((bytes) => client.write(bytes));
    let isDeaf = false;
    client.on('data', (bytes) => {
      if (this.deafAfter !== null && bytes.includes(this.deafAfter)) {
        this.deafAfter = null;
        isDeaf = true;
      }
      asked(bytes);
    });
    let isNew = true;
    upstream.on('data', (bytes) => {
      if (!this.swallowsAnswers && !isDeaf) answered(bytes);
      else if (isNew) this.unanswered += 1;
      isNew = false;
    });
    client.on('close', () => this.part(client, upstream));
    upstream.on('close', () => this.part(upstream, client));
  }

  private part(closed: Socket, other: Socket): void {
    other.destroy();
    for (const socket of [closed, other]) this.sockets.delete(socket);
  }

  /** Hands on what comes, after the delay of its moment; nothing overtakes what came before it. */
  private inTurn(write: (bytes: Buffer) => void): (bytes: Buffer) => void {
    const waiting: { readonly bytes: Buffer; readonly dueAtMs: number }[] = [];
    // Only the first has a timer: those of several may fire in any order, and late.
    const handOn = () => {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        const waitMs = next.dueAtMs - performance.now();
        if (waitMs > 0) {
          setTimeout(handOn, Math.ceil(waitMs));
          return;
        }
        write(next.bytes);
        waiting.shift();
      }
    };
    return (bytes) => {
      waiting.push({ bytes, dueAtMs: performance.now() + this.delayMs });
      if (waiting.length === 1) handOn();
    };
  }
}
