import { Socket } from 'node:net';

/** The first byte of what a client of Postgres says before it hangs up, to which there is no answer. */
const TERMINATE = 0x58;

/**
 * A connection to Postgres that ends itself where what was said on it is not answered. `pg` gives up a question
 * that takes too long, and keeps the connection: what is asked on it afterwards waits behind that question for ever.
 * A pool puts such a connection away. What waits to be told of new jobs has one by itself, which BullMQ
 * replaces once it has ended, and not before.
 */
export class AnsweredSocket extends Socket {
  /** @param silentMs after so long without a word there is no other end any more; while nothing was asked it may be silent for ever */
  constructor(private readonly silentMs: number) {
    super();
    this.on('data', () => this.setTimeout(0));
    // Without an error: who has ended its client by then listens for none.
    this.on('timeout', () => this.destroy());
  }

  override _write(...[said, encoding, done]: Parameters<Socket['_write']>): void {
    this.expectAnswer(said);
    super._write(said, encoding, done);
  }

  override _writev(...[said, done]: Parameters<NonNullable<Socket['_writev']>>): void {
    this.expectAnswer(said[0]?.chunk);
    super._writev?.(said, done);
  }

  private expectAnswer(said: unknown): void {
    const isGoodbye = said instanceof Uint8Array && said[0] === TERMINATE;
    if (!isGoodbye) this.setTimeout(this.silentMs);
  }
}
