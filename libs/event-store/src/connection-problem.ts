const UNREACHABLE = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'ETIMEDOUT',
]);
const NO_SUCH_DATABASE = '3D000';
/** The class of SQLSTATE codes by which Postgres refuses a login. */
const LOGIN_REFUSED = /^28/;
const DEFAULT_PORT = 5432;

/**
 * Why no connection to the database of a URL came about, in words that follow the name of the
 * setting and hold no password; undefined for an error of another kind.
 */
export function connectionProblem(error: unknown, databaseUrl: string): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string' || !URL.canParse(databaseUrl)) return undefined;
  const url = new URL(databaseUrl);
  const address = `${url.hostname}:${url.port || DEFAULT_PORT}`;
  if (UNREACHABLE.has(code)) return `nothing answers at ${address} (${code})`;
  if (LOGIN_REFUSED.test(code)) {
    return `the server at ${address} refuses the login of ${decodeURIComponent(url.username)} (${code})`;
  }
  if (code !== NO_SUCH_DATABASE) return undefined;
  return `the server at ${address} has no database ${url.pathname.slice(1)} (${code})`;
}
