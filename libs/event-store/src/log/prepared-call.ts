import type { Socket } from 'node:net';
import type pg from 'pg';

/** What `pg` hands to a query that speaks the protocol itself. Its types know no such query. */
interface ExtendedConnection {
  readonly stream: Socket;
  /** By name, what this connection has prepared; kept by `pg`. */
  readonly parsedStatements: Readonly<Record<string, string>>;
  parse(statement: { readonly name: string; readonly text: string }): void;
  bind(call: { readonly statement: string; readonly values: readonly unknown[] }): void;
  execute(): void;
  sync(): void;
}

type Callback = (error: Error | null, answer?: string | null) => void;

/**
 * One call of a function that answers one text, by a statement that each connection prepares once. It does
 * what `client.query` would, without what only a query of unknown shape needs: Postgres describes no
 * columns, and no object is made of a row. That is a tenth of what a lone append costs its process.
 */
export class PreparedCall {
  private answer: string | null = null;

  private constructor(
    /** Read by `pg`, which notes under it that the statement was prepared. */
    readonly name: string,
    readonly text: string,
    private readonly values: readonly (string | null)[],
    /** Wrapped by `pg`, which ends its own time limit with it. */
    public callback: Callback,
  ) {}

  /**
   * Calls it with values as Postgres reads them.
   * @throws what Postgres refused, or the loss of the connection
   */
  static run(
    client: pg.ClientBase,
    name: string,
    text: string,
    values: readonly (string | null)[],
  ): Promise<string | null> {
    return new Promise((resolve, reject) => {
      const call = new PreparedCall(name, text, values, (error, answer = null) => {
        if (error === null) resolve(answer);
        else reject(error);
      });
      client.query(call as unknown as pg.Submittable);
    });
  }

  submit(connection: ExtendedConnection): void {
    const { name, text, values } = this;
    const { stream, parsedStatements } = connection;
    stream.cork();
    if (parsedStatements[name] === undefined) connection.parse({ name, text });
    connection.bind({ statement: name, values });
    connection.execute();
    connection.sync();
    stream.uncork();
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.answer = fields[0] ?? null;
  }

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null, this.answer);
  }
}
