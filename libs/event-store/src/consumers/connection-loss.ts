/** SQLSTATE classes of a server that is away, restarting or full: 08, 53, 57P. */
const AWAY = /^(08|53|57P)/;
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);
/** What `pg` says, without a code, of a connection that ended or could not be made in time. */
const MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|client was closed|not queryable/i;

/** Whether an error says that Postgres could not be reached, rather than that it refused something. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && (AWAY.test(code) || SOCKET_CODES.has(code))) return true;
  return MESSAGES.test(error.message);
}
