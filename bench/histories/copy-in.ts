import { once } from 'node:events';
import type pg from 'pg';

/** What pg hands to a query that speaks the protocol itself; its types leave it out. */
interface CopyConnection {
  readonly stream: NodeJS.WritableStream & { readonly writableNeedDrain: boolean };
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/** One COPY … FROM STDIN: pg calls these methods with what the server says. */
class CopyIn {
  readonly done: Promise<void>;
  private resolve: () => void = () => {};
  private reject: (error: Error) => void = () => {};
  private failed: Error | null = null;

  constructor(
    private readonly text: string,
    private readonly chunks: Iterable<string>,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: CopyConnection): void {
    connection.query(this.text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.send(connection).catch((error: Error) => connection.sendCopyFail(error.message));
  }

  handleError(error: Error): void {
    this.failed = error;
    this.reject(error);
  }

  handleReadyForQuery(): void {
    if (this.failed === null) this.resolve();
  }

  handleCommandComplete(): void {}

  private async send(connection: CopyConnection): Promise<void> {
    for (const chunk of this.chunks) {
      connection.sendCopyFromChunk(Buffer.from(chunk));
      if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
    }
    connection.endCopyFrom();
  }
}

/** Fills a table as fast as Postgres takes it; `text` is a COPY … FROM STDIN, the chunks are its lines. */
export async function copyIn(
  client: pg.ClientBase,
  text: string,
  chunks: Iterable<string>,
): Promise<void> {
  const copy = new CopyIn(text, chunks);
  client.query(copy as unknown as pg.Submittable);
  await copy.done;
}
