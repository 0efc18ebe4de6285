import { randomUUID } from 'node:crypto';
import {
  askedAs,
  type Connection,
  connectionFrom,
  type Environment,
  type PlatformRole,
  platformConnectionFrom,
} from '../credentials/connection.js';
import type { ApiClient } from '../http/api-client.js';
import { RequestRefused } from '../http/problem.js';
import { givingUpAfter, type RetryPlan, SHORT_RETRIES } from '../http/retry-plan.js';
import type { StreamClient } from '../http/stream-client.js';
import { type Streams, Terminal } from '../output/terminal.js';
import { openClient, openStreams } from '../sources.js';
import type { SharedOptions } from './connection-options.js';

const NOT_FOUND = 404;

/** What a command is given of the process that it runs in. */
export interface Shell {
  readonly environment: Environment;
  readonly streams: Streams;
  readonly signal: AbortSignal;
  /** A command that did not throw, but did not go well either. */
  readonly setExitCode: (code: number) => void;
}

export function terminalOf(shell: Shell, options: SharedOptions): Terminal {
  return new Terminal(shell.streams, options.json === true, Boolean(shell.environment['NO_COLOR']));
}

/** Says on the error stream for whom a command waits. */
export function tellerOfWaits({ streams }: Shell): (url: string, totalMs: number) => void {
  return (url, totalMs) =>
    streams.stderr.write(`waiting for ${url} for up to ${totalMs / 1_000} s (--give-up-after) …\n`);
}

/** A client whose waits are told, and end with an interruption. */
export function clientAt(
  shell: Shell,
  connection: Connection,
  options: SharedOptions,
  plan: RetryPlan = SHORT_RETRIES,
): ApiClient {
  const { url, credential } = connection;
  const waiting = tellerOfWaits(shell);
  const patience = givingUpAfter(plan, options.giveUpAfter);
  const around = { waiting, signal: shell.signal, askedAs: askedAs(connection) };
  return openClient(url, credential, patience, around);
}

/** Event streams; one that breaks is opened again for as long as a request would be tried. */
export function streamsAt(
  shell: Shell,
  { url, credential }: Connection,
  options: SharedOptions,
  plan: RetryPlan = SHORT_RETRIES,
): StreamClient {
  const patience = givingUpAfter(plan, options.giveUpAfter);
  const waiting = tellerOfWaits(shell);
  return openStreams(url, credential, patience, { waiting, signal: shell.signal });
}

/** The api as the one whom options, environment and home name. @throws CredentialsProblem */
export function clientOf(shell: Shell, options: SharedOptions, plan = SHORT_RETRIES): ApiClient {
  return clientAt(shell, connectionFrom(options, shell.environment), options, plan);
}

/** The api as the platform's own role that a command needs. @throws CredentialsProblem */
export function platformClientOf(
  shell: Shell,
  options: SharedOptions,
  role: PlatformRole,
): ApiClient {
  return clientAt(shell, platformConnectionFrom(role, options, shell.environment), options);
}

/**
 * Asks about one workload. Somebody else's workload is not found either, so that answer says who asked.
 * @throws CredentialsProblem, RequestRefused, ApiUnavailable
 */
export async function askingAsTenant<Answer>(
  shell: Shell,
  options: SharedOptions,
  ask: (client: ApiClient, streams: StreamClient) => Promise<Answer>,
  plan: RetryPlan = SHORT_RETRIES,
): Promise<Answer> {
  const connection = connectionFrom(options, shell.environment);
  try {
    return await ask(clientOf(shell, options, plan), streamsAt(shell, connection, options, plan));
  } catch (error) {
    const depends =
      error instanceof RequestRefused && (error.problem.status === NOT_FOUND || error.isOfCaller);
    throw depends ? error.with(askedAs(connection)) : error;
  }
}

/** A key for a command that is typed once: only its own retries share it. */
export const newKey = (): string => randomUUID();
