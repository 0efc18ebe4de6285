import type { Command } from 'commander';
import type { ApiClient } from '../http/api-client.js';
import { ApiUnavailable } from '../http/problem.js';
import { FOLLOW_RETRIES, SHORT_RETRIES } from '../http/retry-plan.js';
import type { HttpAnswer } from '../http/send.js';
import { TOKEN_PATH } from '../http/token-source.js';
import { exitCodeOfWait } from '../output/exit-code-of.js';
import { isEnded, type ShownWorkload, workloadLines } from '../output/workload-lines.js';
import { nowMs, sleep } from '../sources.js';
import { withConnection } from './connection-options.js';
import { atLeast } from './option-parsers.js';
import { tellWhereReplayed } from './replayed.js';
import { clientOf, newKey, type Shell, terminalOf } from './shell.js';
import { SubmissionCommand, WHERE_OPTIONS_END } from './submission-command.js';
import { type SubmissionOptions, submissionOf, withSubmission } from './submission-options.js';
import { WaitBroken } from './wait-broken.js';

interface SubmitOptions extends SubmissionOptions {
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
  readonly waitSeconds: number;
}

const POLL_MS = 200;
const EXAMPLES = `${WHERE_OPTIONS_END}
Examples:
  bulkhead submit mcr.microsoft.com/windows/nanoserver:ltsc2022 --duration-ms 3000 --wait
  bulkhead submit mcr.microsoft.com/windows/servercore:ltsc2025 --isolation hyperv cmd /c build.cmd --user me
  bulkhead submit example.org/tool:1 --as "Night Market" --json`;

/** `bulkhead submit <image> [command...]` */
export function submitCommand(shell: Shell): Command {
  const command = withSubmission(new SubmissionCommand('submit').description('submit a workload'))
    .option('--idempotency-key <key>', 'the same key never submits twice')
    .option('--wait', 'wait until it has ended; exit code 5 where it did not succeed')
    .option('--wait-seconds <n>', 'but not longer', atLeast(1), 600)
    .addHelpText('after', EXAMPLES);
  const whileWaiting = { with: '--wait', plan: FOLLOW_RETRIES };
  return withConnection(command, false, SHORT_RETRIES, whileWaiting).action(
    async (image: string, words: string[], options: SubmitOptions) => {
      const client = clientOf(shell, options, options.wait ? FOLLOW_RETRIES : SHORT_RETRIES);
      const terminal = terminalOf(shell, options);
      const key = options.idempotencyKey ?? newKey();
      const first = await submitted(client, submissionOf(image, words, options), key);
      let workload = first.body as ShownWorkload;
      const shows = `bulkhead get ${workload.id}`;
      if (!options.wait) tellWhereReplayed(terminal, options, first, shows);
      if (options.wait) {
        // Whoever watches may want to end it from another terminal.
        if (shell.streams.stderr.isTTY === true) terminal.warn(`waiting for ${workload.id} …`);
        workload = await ended(shell, client, workload, options.waitSeconds);
      }
      terminal.answer(workload, workloadLines);
      if (!options.wait) return;
      shell.setExitCode(exitCodeOfWait(workload));
      if (!isEnded(workload) && !terminal.isJson) terminal.warn(notEnded(workload.id, options));
    },
  );
}

function notEnded(id: string, { waitSeconds }: SubmitOptions): string {
  return `it has not ended in ${waitSeconds} s (--wait-seconds) and goes on: bulkhead workload watch ${id}, or bulkhead cancel ${id}`;
}

/** @throws WaitBroken where no answer came, RequestRefused */
async function submitted(client: ApiClient, body: object, key: string): Promise<HttpAnswer> {
  try {
    return await client.post('/v1/workloads', body, key);
  } catch (error) {
    // Without a token nothing was sent that could have submitted anything, and a 429 says that nothing was recorded.
    const isSilent =
      error instanceof ApiUnavailable && error.path !== TOKEN_PATH && !error.isUntaken;
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
