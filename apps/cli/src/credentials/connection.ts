import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Credential } from './credential.js';
import {
  type CredentialsFile,
  CredentialsProblem,
  readCredentialsFile,
  tenantOf,
} from './credentials-file.js';
import { ownAddress } from './own-address.js';

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
  /** Why it is that client, where it may not be whom one has in mind. */
  readonly because?: string;
}

const DEFAULT_HOME = './.bulkhead';
const CREDENTIALS_FILE = 'credentials.json';

/** The home that options and environment name, or the one that `npm start` uses. */
export function homeOf(options: Pick<ConnectionOptions, 'home'>, environment: Environment): string {
  return options.home ?? (environment['BULKHEAD_HOME'] || DEFAULT_HOME);
}

/** The credentials file of the home. @throws CredentialsProblem */
export function fileOf(options: ConnectionOptions, environment: Environment): CredentialsFile {
  return readCredentialsFile(credentialsPath(options, environment));
}

function credentialsPath(options: ConnectionOptions, environment: Environment): string {
  return join(homeOf(options, environment), CREDENTIALS_FILE);
}

/** For the end of a refusal: whom the api took the caller for. */
export function askedAs({ name, because }: Connection): string {
  return `(asked as ${name}${because === undefined ? '' : `: ${because}`})`;
}

/**
 * Where to connect, and as whom. A client id and secret, from options or environment, win; otherwise the
 * home's credentials serve, as `--as` says or as the first tenant. @throws CredentialsProblem
 */
export function connectionFrom(options: ConnectionOptions, environment: Environment): Connection {
  // `--as` names somebody of the home, so it outranks what the environment happens to hold.
  const useHome = options.as !== undefined && options.clientId === undefined;
  const given = givenConnection(options, useHome ? {} : environment, environment);
  if (given !== null) return given;
  const file = fileOf(options, environment);
  const who = options.as ?? file.tenants[0]?.name;
  if (who === undefined) throw new CredentialsProblem('the home holds no tenant; say --as');
  const tenant = tenantOf(file, who);
  return { url: urlFor(file, options, environment), credential: tenant, name: tenant.name };
}

/** The roles of an installation that are nobody's tenant. */
export type PlatformRole = 'operator' | 'auditor';

/** The same for a command that is the platform's own: the home's credentials of that role. @throws CredentialsProblem */
export function platformConnectionFrom(
  role: PlatformRole,
  options: ConnectionOptions,
  environment: Environment,
): Connection {
  const given = givenConnection(options, environment, environment);
  if (given !== null) return given;
  const file = fileOf(options, environment);
  return { url: urlFor(file, options, environment), credential: file[role], name: role };
}

/** Where credentials of a home's file may be taken to. @throws CredentialsProblem for any api but their own */
export function urlFor(
  file: CredentialsFile,
  options: ConnectionOptions,
  environment: Environment,
): string {
  const given = urlOf(options, environment);
  return ownAddress(checkedUrl(file.url), given === undefined ? undefined : checkedUrl(given));
}

/** Where the home's api listens. @throws CredentialsProblem that says how else to tell it */
function urlOfHome(options: ConnectionOptions, environment: Environment): string {
  try {
    return fileOf(options, environment).url;
  } catch (error) {
    if (!(error instanceof CredentialsProblem)) throw error;
    throw new CredentialsProblem(
      `where the api listens is not known: say --url or BULKHEAD_URL (${error.message})`,
    );
  }
}

/** The client that was given by id and secret; null where none was. @throws CredentialsProblem for half of one */
function givenConnection(
  options: ConnectionOptions,
  clients: Environment,
  environment: Environment,
): Connection | null {
  const clientId = options.clientId ?? clients['BULKHEAD_CLIENT_ID'];
  const clientSecret = options.clientSecret ?? clients['BULKHEAD_CLIENT_SECRET'];
  if (clientId && clientSecret) {
    const url = urlOf(options, environment) ?? urlOfHome(options, environment);
    const connection = { url: checkedUrl(url), credential: { clientId, clientSecret } };
    const file = credentialsPath(options, environment);
    const because =
      options.clientId === undefined && existsSync(file)
        ? { because: `BULKHEAD_CLIENT_ID is set, and wins over ${file}` }
        : {};
    return { ...connection, name: clientId, ...because };
  }
  if (!clientId && !clientSecret) return null;
  const missing = clientId ? 'secret (--client-secret)' : 'id (--client-id)';
  throw new CredentialsProblem(`a client needs id and secret; the ${missing} is missing`);
}

function urlOf({ url }: ConnectionOptions, environment: Environment): string | undefined {
  return url ?? (environment['BULKHEAD_URL'] || undefined);
}

/** The URL without a slash at its end. @throws CredentialsProblem unless it is an http(s) URL */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CredentialsProblem(`${text} is no http:// or https:// URL`);
  }
  return url.href.replace(/\/+$/, '');
}
