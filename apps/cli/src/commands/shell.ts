import { randomUUID } from 'node:crypto';
import {
  connectionFrom,
  type Environment,
  type PlatformRole,
  platformConnectionFrom,
} from '../credentials/connection.js';
import type { ApiClient } from '../http/api-client.js';
import { RequestRefused } from '../http/problem.js';
import { SHORT_RETRIES } from '../http/retry-plan.js';
import { type Streams, Terminal } from '../output/terminal.js';
import { openClient } from '../sources.js';
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
export function tellerOfWaits({ streams }: Shell): (url: string) => void {
  return (url) => streams.stderr.write(`waiting for ${url} …\n`);
}

/** The api as the one whom options, environment and home name. @throws CredentialsProblem */
export function clientOf(shell: Shell, options: SharedOptions): ApiClient {
  const { url, credential } = connectionFrom(options, shell.environment);
  return openClient(url, credential, SHORT_RETRIES, tellerOfWaits(shell));
}

/** The api as the platform's own role that a command needs. @throws CredentialsProblem */
export function platformClientOf(
  shell: Shell,
  options: SharedOptions,
  role: PlatformRole,
): ApiClient {
  const { url, credential } = platformConnectionFrom(role, options, shell.environment);
  return openClient(url, credential, SHORT_RETRIES, tellerOfWaits(shell));
}

/**
 * Asks about one workload. Somebody else's workload is not found either, so that answer says who asked.
 * @throws CredentialsProblem, RequestRefused, ApiUnavailable
 */
export async function askingAsTenant<Answer>(
  shell: Shell,
  options: SharedOptions,
  ask: (client: ApiClient) => Promise<Answer>,
): Promise<Answer> {
  const { name } = connectionFrom(options, shell.environment);
  try {
    return await ask(clientOf(shell, options));
  } catch (error) {
    if (error instanceof RequestRefused && error.problem.status === NOT_FOUND) {
      throw error.with(`(asked as ${name})`);
    }
    throw error;
  }
}

/** A key for a command that is typed once: only its own retries share it. */
export const newKey = (): string => randomUUID();
