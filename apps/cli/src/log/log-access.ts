import type { NoteVerifier } from '@bulkhead/event-store/proof';
import type { SharedOptions } from '../commands/connection-options.js';
import { filled } from '../commands/option-parsers.js';
import { clientAt, type Shell } from '../commands/shell.js';
import { platformConnectionFrom } from '../credentials/connection.js';
import type { RetryPlan } from '../http/retry-plan.js';
import type { Terminal } from '../output/terminal.js';
import { HttpLog } from './http-log.js';
import { readVerifierKeys } from './log-files.js';

/** What the commands that check signatures take. */
export interface KeyOptions {
  readonly keys?: string;
}

export const KEYS_OPTION = [
  '--keys <file>',
  'verifier keys that you trust, one a line, got by another way than from the server',
  filled,
] as const;

/** The log of a server, as its auditor. @throws CredentialsProblem */
export function openHttpLog(shell: Shell, options: SharedOptions, plan?: RetryPlan): HttpLog {
  const connection = platformConnectionFrom('auditor', options, shell.environment);
  return new HttpLog(clientAt(shell, connection, options, plan), shell.signal);
}

/** The keys that were pinned, or else those that came with what is checked, which is said aloud. */
export async function trustedKeys(
  { keys }: KeyOptions,
  otherwise: () => Promise<readonly NoteVerifier[]>,
  whose: string,
  terminal: Terminal,
): Promise<readonly NoteVerifier[]> {
  if (keys !== undefined) return readVerifierKeys(keys);
  terminal.warn(
    `The verifier keys come from ${whose}: whoever changed the log could have changed them too. Pin them with --keys FILE.`,
  );
  return otherwise();
}
