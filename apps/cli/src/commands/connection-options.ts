import { type Command, Option } from 'commander';
import { type RetryPlan, SHORT_RETRIES } from '../http/retry-plan.js';
import { atLeast } from './option-parsers.js';

/** The options that every command has. */
export interface SharedOptions {
  readonly url?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly home?: string;
  readonly as?: string;
  readonly json?: boolean;
  /** In seconds. */
  readonly giveUpAfter?: number;
}

/** How patient a command is by itself where an option has it wait. */
interface OtherPatience {
  readonly with: string;
  readonly plan: RetryPlan;
}

const GIVE_UP_SECONDS_MAX = 86_400;

/** Adds what every command has: where to connect, as whom, how patiently, and for whom to print. */
export function withConnection(
  command: Command,
  whoNeedsNoName = false,
  patience: RetryPlan = SHORT_RETRIES,
  otherPatience?: OtherPatience,
): Command {
  command
    .addOption(
      new Option(
        '--url <url>',
        'where the api listens (BULKHEAD_URL); credentials of the home go to their own api alone',
      ),
    )
    .addOption(new Option('--client-id <id>', 'OAuth client id (BULKHEAD_CLIENT_ID)'))
    .addOption(
      new Option(
        '--client-secret <secret>',
        'its secret; BULKHEAD_CLIENT_SECRET keeps it out of the process list',
      ),
    )
    .addOption(
      new Option(
        '--home <folder>',
        'home of the installation, whose credentials.json is used (BULKHEAD_HOME, else ./.bulkhead)',
      ),
    );
  if (!whoNeedsNoName) {
    command.addOption(
      new Option(
        '--as <tenant>',
        'a tenant of credentials.json, by name or id (default: its first tenant)',
      ),
    );
  }
  const seconds = patience.totalMs / 1_000;
  const other =
    otherPatience === undefined
      ? ''
      : `, with ${otherPatience.with} ${otherPatience.plan.totalMs / 1_000}`;
  command.addOption(
    new Option(
      '--give-up-after <seconds>',
      `how long to try again while the api cannot be reached or answers "not now"; 0 tries once (default: ${seconds}${other})`,
    ).argParser(atLeast(0, GIVE_UP_SECONDS_MAX)),
  );
  return command.addOption(new Option('--json', 'print one JSON value and nothing else'));
}

/** The option of lists that may be long. */
export interface LimitOption {
  readonly limit?: number;
}

export const LIMIT_OPTION = ['--limit <n>', 'only the first so many', atLeast(1)] as const;
