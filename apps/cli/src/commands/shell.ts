import { randomUUID } from 'node:crypto';
import { connectionFrom, type Environment } from '../credentials/connection.js';
import type { ApiClient } from '../http/api-client.js';
import { SHORT_RETRIES } from '../http/retry-plan.js';
import { type Streams, Terminal } from '../output/terminal.js';
import { openClient } from '../sources.js';
import type { SharedOptions } from './connection-options.js';

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

/** The api as the one whom options, environment and home name. @throws CredentialsProblem */
export function clientOf(shell: Shell, options: SharedOptions): ApiClient {
  const { url, credential } = connectionFrom(options, shell.environment);
  return openClient(url, credential, SHORT_RETRIES);
}

/** A key for a command that is typed once: only its own retries share it. */
export const newKey = (): string => randomUUID();
