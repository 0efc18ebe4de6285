import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SharedOptions } from './connection-options.js';
import { atLeast } from './option-parsers.js';

/** What a submission is made of on the command line. */
export interface SubmissionOptions extends SharedOptions {
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly isolation: string;
  readonly strict?: boolean;
  readonly user?: string;
  readonly capability?: readonly string[];
  readonly hostAccess?: readonly string[];
  readonly maxAttempts?: number;
  readonly backoffSeconds?: number;
  readonly retryOn?: readonly string[];
  readonly finalExitCode?: readonly number[];
  readonly timeoutSeconds?: number;
  readonly priority?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, string>>;
  readonly hostSelector?: Readonly<Record<string, string>>;
  readonly durationMs?: number;
  readonly exitCode?: number;
}

/** Of Windows: 32 bits, which some write with a sign and some without. */
const EXIT_CODES = [-2_147_483_648, 4_294_967_295] as const;

/** Adds the arguments and options that make a submission. */
export function withSubmission(command: Command): Command {
  return command
    .argument('<image>', 'image reference')
    .argument('[command...]', 'command to run instead of the entry point of the image')
    .option('--cpu-millis <n>', '1000 is one processor', atLeast(1), 500)
    .option('--memory-mib <n>', 'memory', atLeast(1), 256)
    .addOption(
      new Option('--isolation <isolation>', 'the wall to ask for; it is only ever raised')
        .choices(['default', 'process', 'hyperv'])
        .default('default'),
    )
    .option('--strict', 'refuse a request for process instead of raising it')
    .option('--user <user>', 'user to run as; an elevated one gets a utility VM')
    .option('--capability <name>', 'privilege to ask for; may be repeated', addWord)
    .option('--host-access <kind>', 'host-process, host-pipe or device; may be repeated', addWord)
    .option('--max-attempts <n>', 'attempts in all', atLeast(1))
    .option(
      '--backoff-seconds <n>',
      'wait before the second attempt; doubles with each',
      atLeast(0),
    )
    .option(
      '--retry-on <cause>',
      'exit-code, crash, start-failed, image-pull, timed-out or lost; may be repeated (default: all but timed-out)',
      addWord,
    )
    .option(
      '--final-exit-code <n>',
      'exit code after which it is not tried again; may be repeated',
      addExitCode,
    )
    .option('--timeout-seconds <n>', 'how long an attempt may run', atLeast(1))
    .option('--priority <n>', '0 to 100; higher goes first among your own workloads', atLeast(0))
    .option('--env <name=value>', 'environment variable; may be repeated', addPair)
    .option('--label <name=value>', 'label; may be repeated', addPair)
    .option('--host-selector <name=value>', 'only hosts with this label; may be repeated', addPair)
    .option('--duration-ms <n>', 'how long a simulated host runs it', atLeast(0))
    .option('--exit-code <n>', 'with which code it ends there', atLeast(...EXIT_CODES));
}

/** The body that the api takes. What was not said is left to it. */
export function submissionOf(
  image: string,
  command: readonly string[],
  options: SubmissionOptions,
): object {
  const { strict, timeoutSeconds, priority, durationMs, exitCode, env, label } = options;
  const restartPolicy = restartPolicyOf(options);
  const isSimulated = durationMs !== undefined || exitCode !== undefined;
  return {
    image,
    resources: { cpuMillis: options.cpuMillis, memoryMiB: options.memoryMib },
    isolation: options.isolation,
    ...(command.length > 0 ? { command } : {}),
    ...(env === undefined ? {} : { env }),
    ...(label === undefined ? {} : { labels: label }),
    ...(options.hostSelector === undefined ? {} : { hostSelector: options.hostSelector }),
    ...(strict ? { strict } : {}),
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.capability === undefined ? {} : { capabilities: options.capability }),
    ...(options.hostAccess === undefined ? {} : { hostAccess: options.hostAccess }),
    ...(Object.keys(restartPolicy).length === 0 ? {} : { restartPolicy }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(priority === undefined ? {} : { priority }),
    ...(isSimulated
      ? { simulation: { durationMs: durationMs ?? 0, exitCode: exitCode ?? 0 } }
      : {}),
  };
}

function restartPolicyOf(options: SubmissionOptions): object {
  const { maxAttempts, backoffSeconds, retryOn, finalExitCode } = options;
  return {
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(backoffSeconds === undefined ? {} : { backoffSeconds }),
    ...(retryOn === undefined ? {} : { retryOn }),
    ...(finalExitCode === undefined ? {} : { finalExitCodes: finalExitCode }),
  };
}

function addExitCode(text: string, codes: readonly number[] = []): readonly number[] {
  return [...codes, atLeast(...EXIT_CODES)(text)];
}

function addWord(word: string, words: readonly string[] = []): readonly string[] {
  return [...words, word];
}

function addPair(text: string, pairs: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected name=value');
  const name = text.slice(0, at);
  if (Object.hasOwn(pairs, name)) throw new InvalidArgumentError(`${name} is given twice`);
  return { ...pairs, [name]: text.slice(at + 1) };
}
