import { join } from 'node:path';
import type { Credential } from './credential.js';
import {
  type CredentialsFile,
  CredentialsProblem,
  readCredentialsFile,
  tenantOf,
} from './credentials-file.js';

/** What was given on the command line; what is missing comes from the environment, then the home. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly home?: string;
  readonly as?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Connection {
  readonly url: string;
  readonly credential: Credential;
  /** As whom: the name of a tenant, or the id of a client that was given. */
  readonly name: string;
}

const DEFAULT_HOME = './.bulkhead';
const CREDENTIALS_FILE = 'credentials.json';

/** The home that options and environment name, or the one that `npm start` uses. */
export function homeOf(options: Pick<ConnectionOptions, 'home'>, environment: Environment): string {
  return options.home ?? (environment['BULKHEAD_HOME'] || DEFAULT_HOME);
}

/** The credentials file of the home. @throws CredentialsProblem */
export function fileOf(options: ConnectionOptions, environment: Environment): CredentialsFile {
  return readCredentialsFile(join(homeOf(options, environment), CREDENTIALS_FILE));
}

/**
 * Where to connect, and as whom. A client id and secret, from options or environment, win; otherwise the
 * home's credentials serve, as `--as` says or as the first tenant. @throws CredentialsProblem
 */
export function connectionFrom(options: ConnectionOptions, environment: Environment): Connection {
  const url = options.url ?? (environment['BULKHEAD_URL'] || undefined);
  // `--as` names somebody of the home, so it outranks what the environment happens to hold.
  const useHome = options.as !== undefined && options.clientId === undefined;
  const clientId = options.clientId ?? (useHome ? undefined : environment['BULKHEAD_CLIENT_ID']);
  const clientSecret =
    options.clientSecret ?? (useHome ? undefined : environment['BULKHEAD_CLIENT_SECRET']);
  if (clientId && clientSecret) {
    return {
      url: checkedUrl(url ?? fileOf(options, environment).url),
      credential: { clientId, clientSecret },
      name: clientId,
    };
  }
  if (clientId || clientSecret) {
    const missing = clientId ? 'secret (--client-secret)' : 'id (--client-id)';
    throw new CredentialsProblem(`a client needs id and secret; the ${missing} is missing`);
  }
  const file = fileOf(options, environment);
  const who = options.as ?? file.tenants[0]?.name;
  if (who === undefined) throw new CredentialsProblem('the home holds no tenant; say --as');
  const tenant = tenantOf(file, who);
  return { url: checkedUrl(url ?? file.url), credential: tenant, name: tenant.name };
}

/** The URL without a slash at its end. @throws CredentialsProblem unless it is an http(s) URL */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CredentialsProblem(`${text} is no http:// or https:// URL`);
  }
  return url.href.replace(/\/+$/, '');
}
