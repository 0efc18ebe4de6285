import type pg from 'pg';

/**
 * Lines that wait to be taken; beyond, the server is no longer read from until there is room. Few, because
 * what waits for long is moved about in memory, which costs more than a little waiting of the server's.
 */
const WAITING_CHARACTERS_MAX = 512 * 1024;

/** What `pg` hands to a query that speaks the protocol itself. Its types know no such query. */
interface CopyConnection {
  readonly stream: { pause(): void; resume(): void };
  query(text: string): void;
}

/**
 * One `COPY (SELECT …) TO STDOUT` whose lines are read while they come. Less is done for each row than
 * with a query, both in Postgres and here: no field is described, looked up or converted. `pg` calls the
 * methods below with what the server says; while it is still busy with another query, it keeps this one
 * and sends it the moment the other has ended, so that the server never waits.
 */
export class CopyOut {
  /** Set and called by `pg`, which ends its own time limit with it. */
  callback?: (error: Error | null) => void;
  private connection: CopyConnection | null = null;
  private lines: string[] = [];
  private waiting = 0;
  private ended = false;
  private error: Error | null = null;
  private wake: () => void = () => {};

  private constructor(private readonly text: string) {}

  static start(client: pg.ClientBase, text: string): CopyOut {
    const copy = new CopyOut(text);
    client.query(copy as unknown as pg.Submittable);
    return copy;
  }

  /**
   * The lines that have come since the last call, without their ends, at least one; null after the last.
   * @throws what Postgres refused, or the loss of the connection
   */
  async next(): Promise<readonly string[] | null> {
    while (this.lines.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.error !== null) throw this.error;
    const { lines } = this;
    this.lines = [];
    if (this.waiting > WAITING_CHARACTERS_MAX) this.connection?.stream.resume();
    this.waiting = 0;
    return lines.length === 0 ? null : lines;
  }

  submit(connection: CopyConnection): void {
    this.connection = connection;
    connection.query(this.text);
  }

  /** Each message is one line, and its bytes are `pg`'s again when this returns. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const line = chunk.toString('utf8', 0, chunk.length - 1);
    this.lines.push(line);
    const before = this.waiting;
    this.waiting += line.length;
    const isFull = this.waiting > WAITING_CHARACTERS_MAX;
    if (isFull && before <= WAITING_CHARACTERS_MAX) this.connection?.stream.pause();
    this.wake();
  }

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.error ??= error;
    this.end();
  }

  handleReadyForQuery(): void {
    this.end();
  }

  private end(): void {
    this.ended = true;
    this.callback?.(this.error);
    this.wake();
  }
}
