import type { Socket } from 'node:net';
import type pg from 'pg';
import { copiedRow } from './copied-row.js';
import type { EventRow } from './recorded-row.js';

/**
 * Bytes of rows that wait to be taken; beyond, the server is no longer read from until there is room. Few,
 * because what waits for long is moved about in memory, which costs more than a little waiting of the server's.
 */
const WAITING_BYTES_MAX = 512 * 1024;

/** What `pg` hands to a query that speaks the protocol itself. Its types know no such query. */
interface CopyConnection {
  readonly stream: Socket;
  query(text: string): void;
}

type Listener = (bytes: Buffer) => void;

/** Of the protocol's messages: a letter and a length, which counts itself. */
const HEADER_BYTES = 5;
const COPY_DATA = 'd'.charCodeAt(0);
/** What may stand between rows: the copy begins, a notice, a changed setting, a notification. */
const BESIDE_ROWS = new Set([...'HNSA'].map((letter) => letter.charCodeAt(0)));
/** The format's own beginning, in the first message: a signature and flags, then the length of what follows. */
const SIGNATURE_BYTES = 15;

/**
 * One `COPY (SELECT …) TO STDOUT (FORMAT binary)` whose rows are read while they come. Less is done for each
 * row than with a query, in Postgres and here. `pg` makes an object and an event of every message, which
 * would cost as much as reading the row; so this listens to the socket in its place while rows come, as
 * pg-copy-streams does, and hands on whatever is not a row.
 */
export class CopyOut {
  /** Set and called by `pg`, which ends its own time limit with it. */
  callback?: (error: Error | null) => void;
  private connection: CopyConnection | null = null;
  private listenerOfPg: Listener | null = null;
  private rows: EventRow[] = [];
  private waitingBytes = 0;
  /** The beginning of a message whose end has not come yet. */
  private begun: Buffer[] = [];
  private begunBytes = 0;
  private neededBytes = HEADER_BYTES;
  private isFirst = true;
  private ended = false;
  private error: Error | null = null;
  private wake: () => void = () => {};

  /** @param onEnd called once, when the connection is free for the next statement */
  private constructor(
    private readonly text: string,
    private readonly onEnd: () => void,
  ) {}

  static start(client: pg.ClientBase, text: string, onEnd: () => void = () => {}): CopyOut {
    const copy = new CopyOut(text, onEnd);
    client.query(copy as unknown as pg.Submittable);
    return copy;
  }

  /**
   * The rows that have come since the last call, at least one; null after the last.
   * @throws what Postgres refused, or the loss of the connection
   */
  async next(): Promise<readonly EventRow[] | null> {
    while (this.rows.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.error !== null) throw this.error;
    const { rows } = this;
    this.rows = [];
    if (this.waitingBytes > WAITING_BYTES_MAX) this.connection?.stream.resume();
    this.waitingBytes = 0;
    return rows.length === 0 ? null : rows;
  }

  submit(connection: CopyConnection): void {
    this.connection = connection;
    const [listener] = connection.stream.listeners('data') as Listener[];
    if (listener === undefined) throw new Error('nobody listens to the connection');
    this.listenerOfPg = listener;
    connection.stream.off('data', listener).on('data', this.receive);
    connection.query(this.text);
  }

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.error ??= error;
    this.giveBack();
    this.end();
  }

  handleReadyForQuery(): void {
    this.end();
    this.onEnd();
  }

  private readonly receive = (chunk: Buffer): void => {
    this.begun.push(chunk);
    this.begunBytes += chunk.length;
    if (this.begunBytes < this.neededBytes) return;
    const bytes = this.begun.length === 1 ? chunk : Buffer.concat(this.begun);
    this.begun = [];
    this.begunBytes = 0;
    this.read(bytes);
    if (this.rows.length > 0) this.wake();
  };

  private read(bytes: Buffer): void {
    let at = 0;
    this.neededBytes = HEADER_BYTES;
    while (at + HEADER_BYTES <= bytes.length) {
      const kind = bytes[at] as number;
      const end = at + 1 + bytes.readInt32BE(at + 1);
      if (kind !== COPY_DATA && !BESIDE_ROWS.has(kind)) {
        // The copy is over, well or badly: pg reads on from here.
        this.giveBack()?.(bytes.subarray(at));
        return;
      }
      if (end > bytes.length) {
        this.neededBytes = end - at;
        break;
      }
      if (kind === COPY_DATA) this.take(bytes, at + HEADER_BYTES, end);
      else this.listenerOfPg?.(bytes.subarray(at, end));
      at = end;
    }
    if (at === bytes.length) return;
    this.begun = [bytes.subarray(at)];
    this.begunBytes = bytes.length - at;
  }

  private take(bytes: Buffer, start: number, end: number): void {
    let at = start;
    if (this.isFirst) {
      this.isFirst = false;
      at += SIGNATURE_BYTES;
      at += 4 + bytes.readInt32BE(at);
    }
    const row = copiedRow(bytes, at);
    if (row === null) return;
    this.rows.push(row);
    const before = this.waitingBytes;
    this.waitingBytes += end - at;
    const isFull = this.waitingBytes > WAITING_BYTES_MAX;
    if (isFull && before <= WAITING_BYTES_MAX) this.connection?.stream.pause();
  }

  private giveBack(): Listener | null {
    const listener = this.listenerOfPg;
    if (listener === null) return null;
    this.listenerOfPg = null;
    this.connection?.stream.off('data', this.receive).on('data', listener);
    return listener;
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.callback?.(this.error);
    this.wake();
  }
}
