import { Command, InvalidArgumentError, Option } from 'commander';
import type { ApiClient } from '../http/api-client.js';
import { ApiUnavailable } from '../http/problem.js';
import { TOKEN_PATH } from '../http/token-source.js';
import { exitCodeOfWait } from '../output/exit-code-of.js';
import { isEnded, type ShownWorkload, workloadLines } from '../output/workload-lines.js';
import { nowMs, sleep } from '../sources.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { atLeast } from './option-parsers.js';
import { clientOf, newKey, type Shell, terminalOf } from './shell.js';
import { WaitBroken } from './wait-broken.js';

interface SubmitOptions extends SharedOptions {
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly isolation: string;
  readonly strict?: boolean;
  readonly user?: string;
  readonly capability?: readonly string[];
  readonly hostAccess?: readonly string[];
  readonly maxAttempts?: number;
  readonly timeoutSeconds?: number;
  readonly priority?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, string>>;
  readonly durationMs?: number;
  readonly exitCode?: number;
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
  readonly waitSeconds: number;
}

const POLL_MS = 200;
const EXAMPLES = `
Examples:
  bulkhead submit mcr.microsoft.com/windows/nanoserver:ltsc2022 --duration-ms 3000 --wait
  bulkhead submit mcr.microsoft.com/windows/servercore:ltsc2025 --isolation hyperv -- cmd /c build.cmd
  bulkhead submit example.org/tool:1 --as "Night Market" --json`;

/** `bulkhead submit <image> [command...]` */
export function submitCommand(shell: Shell): Command {
  const command = new Command('submit')
    .description('submit a workload')
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
    .option('--timeout-seconds <n>', 'how long an attempt may run', atLeast(1))
    .option('--priority <n>', '0 to 100; higher is placed first', atLeast(0))
    .option('--env <name=value>', 'environment variable; may be repeated', addPair)
    .option('--label <name=value>', 'label; may be repeated', addPair)
    .option('--duration-ms <n>', 'how long a simulated host runs it', atLeast(0))
    .option('--exit-code <n>', 'with which code it ends there', atLeast(0))
    .option('--idempotency-key <key>', 'the same key never submits twice')
    .option('--wait', 'wait until it has ended; exit code 5 where it did not succeed')
    .option('--wait-seconds <n>', 'but not longer', atLeast(1), 600)
    .addHelpText('after', EXAMPLES);
  return withConnection(command).action(
    async (image: string, words: string[], options: SubmitOptions) => {
      const client = clientOf(shell, options);
      const terminal = terminalOf(shell, options);
      const key = options.idempotencyKey ?? newKey();
      let workload = await submitted(client, submission(image, words, options), key);
      if (options.wait) {
        // Whoever watches may want to end it from another terminal.
        if (shell.streams.stderr.isTTY === true) terminal.warn(`waiting for ${workload.id} …`);
        workload = await ended(shell, client, workload, options.waitSeconds);
      }
      terminal.answer(workload, (colors) => workloadLines(workload, colors));
      if (options.wait) shell.setExitCode(exitCodeOfWait(workload));
    },
  );
}

/** @throws WaitBroken where no answer came, RequestRefused */
async function submitted(client: ApiClient, body: object, key: string): Promise<ShownWorkload> {
  try {
    return (await client.post('/v1/workloads', body, key)).body as ShownWorkload;
  } catch (error) {
    // Without a token nothing was sent that could have submitted anything.
    const isSilent = error instanceof ApiUnavailable && error.path !== TOKEN_PATH;
    const isOpen = isSilent || (error as Error).name === 'AbortError';
    throw isOpen ? WaitBroken.unanswered(key, error) : error;
  }
}

/** The workload once it has ended, or as it is when the time is over. @throws WaitBroken */
async function ended(
  { signal }: Shell,
  client: ApiClient,
  accepted: ShownWorkload,
  waitSeconds: number,
): Promise<ShownWorkload> {
  const giveUpAtMs = nowMs() + waitSeconds * 1_000;
  let workload = accepted;
  try {
    while (!isEnded(workload) && nowMs() < giveUpAtMs) {
      await sleep(POLL_MS, undefined, { signal });
      workload = (await client.get(`/v1/workloads/${accepted.id}`)).body as ShownWorkload;
    }
    return workload;
  } catch (error) {
    throw WaitBroken.before(accepted.id, error);
  }
}

function submission(image: string, command: readonly string[], options: SubmitOptions): object {
  const { strict, maxAttempts, timeoutSeconds, priority, durationMs, exitCode, env, label } =
    options;
  const isSimulated = durationMs !== undefined || exitCode !== undefined;
  return {
    image,
    resources: { cpuMillis: options.cpuMillis, memoryMiB: options.memoryMib },
    isolation: options.isolation,
    ...(command.length > 0 ? { command } : {}),
    ...(env === undefined ? {} : { env }),
    ...(label === undefined ? {} : { labels: label }),
    ...(strict ? { strict } : {}),
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.capability === undefined ? {} : { capabilities: options.capability }),
    ...(options.hostAccess === undefined ? {} : { hostAccess: options.hostAccess }),
    ...(maxAttempts === undefined ? {} : { restartPolicy: { maxAttempts } }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(priority === undefined ? {} : { priority }),
    ...(isSimulated
      ? { simulation: { durationMs: durationMs ?? 0, exitCode: exitCode ?? 0 } }
      : {}),
  };
}

function addWord(word: string, words: readonly string[] = []): readonly string[] {
  return [...words, word];
}

function addPair(text: string, pairs: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected name=value');
  return { ...pairs, [text.slice(0, at)]: text.slice(at + 1) };
}
