/** What is wrong with Postgres itself, where time or an operator makes it well again. */
export type PostgresTrouble =
  | 'unreachable'
  | 'login-refused'
  | 'read-only'
  | 'disk-full'
  | 'out-of-resources'
  | 'storage-failing'
  | 'timed-out'
  | 'contended';

/** By SQLSTATE, or by its class (the first two characters) where all of a class mean the same. */
export const TROUBLE_OF_SQLSTATE: Readonly<Record<string, PostgresTrouble>> = {
  // Connection exceptions, and a server that stops, crashes, starts or drops the database.
  '08': 'unreachable',
  '57P01': 'unreachable',
  '57P02': 'unreachable',
  '57P03': 'unreachable',
  '57P04': 'unreachable',
  '57P05': 'unreachable',
  // Password, role or database are not, or not yet, what the URL says.
  '28': 'login-refused',
  '3D': 'login-refused',
  // A standby after a failover, or default_transaction_read_only.
  '25006': 'read-only',
  '53100': 'disk-full',
  // Memory, connections and other limits of the server.
  '53': 'out-of-resources',
  // Reading or writing a file failed.
  '58': 'storage-failing',
  // The statement's or a lock's time limit, or somebody cancelled it.
  '57014': 'timed-out',
  '55P03': 'timed-out',
  // Serialization failure and deadlock.
  '40001': 'contended',
  '40P01': 'contended',
};

/** Of the sockets towards the server. */
const SOCKET_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What `pg` says, without a code, of a connection that ended, was not answered or could not be had. */
const CONNECTION_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after)/;

/** What is wrong with Postgres; null for an error that says that something else is wrong. */
export function troubleOf(error: unknown): PostgresTrouble | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') {
    if (SOCKET_CODES.has(code)) return 'unreachable';
    return TROUBLE_OF_SQLSTATE[code] ?? TROUBLE_OF_SQLSTATE[code.slice(0, 2)] ?? null;
  }
  return CONNECTION_MESSAGES.test(error.message) ? 'unreachable' : null;
}

/** `pg` refused to write to a connection that it knows to be over, so the server never saw the statement. */
export function wasNeverSent(error: unknown): boolean {
  return error instanceof Error && / and is not queryable$/.test(error.message);
}
