import { Command, Help, type Option } from 'commander';
import { advisoryCommand } from './commands/advisory.commands.js';
import { auditCommand } from './commands/audit.commands.js';
import { batchCommand } from './commands/batch.commands.js';
import { consumerCommand } from './commands/consumer.commands.js';
import { demoCommand } from './commands/demo.command.js';
import { experimentCommand } from './commands/experiment.command.js';
import { explainCommand } from './commands/explain.command.js';
import { hostCommand } from './commands/host.commands.js';
import { imageCommand } from './commands/image.commands.js';
import { importCommand } from './commands/import.command.js';
import { incidentCommand } from './commands/incident.commands.js';
import { logCommand } from './commands/log.commands.js';
import { projectionCommand } from './commands/projection.commands.js';
import { queueCommand } from './commands/queue.commands.js';
import { quotaCommand } from './commands/quota.command.js';
import { scheduleCommand } from './commands/schedule.commands.js';
import type { Shell } from './commands/shell.js';
import { simulateCommand } from './commands/simulate.command.js';
import { submitCommand } from './commands/submit.command.js';
import { tenantCommand } from './commands/tenant.commands.js';
import { WaitBroken } from './commands/wait-broken.js';
import { webhookCommand } from './commands/webhook.commands.js';
import {
  cancelCommand,
  eventsCommand,
  getCommand,
  workloadCommand,
} from './commands/workload.commands.js';

import { RequestRefused } from './http/problem.js';
import { exitCodeOf } from './output/exit-code-of.js';
import { EXIT, EXIT_TEXTS } from './output/exit-codes.js';
import { type Streams, warnOn } from './output/terminal.js';

const HELP = `
Exit codes:
${EXIT_TEXTS.map((text) => `  ${text}`).join('\n')}

Examples:
  bulkhead submit mcr.microsoft.com/windows/nanoserver:ltsc2022 --duration-ms 3000 --wait
  bulkhead import log.swf.gz --trusted-group 2 --hostile 20% --at-once`;

/** As in package.json, which does not stand beside what is built. */
const VERSION = '0.1.0';

/** The whole command line. */
export function createProgram(shell: Shell): Command {
  const program = new Command('bulkhead')
    .description('Runs workloads behind the wall that they need, and shows why.')
    .version(VERSION, '--version', 'print the version')
    // Otherwise --version would be taken from behind a command, and from a workload's own words.
    .enablePositionalOptions()
    .showHelpAfterError('(--help shows what is possible)')
    .addHelpText('after', HELP);
  const commands = [
    submitCommand,
    explainCommand,
    getCommand,
    eventsCommand,
    cancelCommand,
    workloadCommand,
    batchCommand,
    scheduleCommand,
    webhookCommand,
    quotaCommand,
    importCommand,
    demoCommand,
    consumerCommand,
    queueCommand,
    tenantCommand,
    hostCommand,
    imageCommand,
    advisoryCommand,
    incidentCommand,
    auditCommand,
    logCommand,
    projectionCommand,
    simulateCommand,
    experimentCommand,
  ];
  for (const make of commands) program.addCommand(make(shell));
  for (const command of everyCommand(program)) {
    command
      .configureHelp({ optionDescription })
      .exitOverride()
      .configureOutput({
        writeOut: (text) => shell.streams.stdout.write(text),
        writeErr: (text) => shell.streams.stderr.write(text),
        outputError: (text, write) => write(inOneSentence(text)),
      });
  }
  return program;
}

/** Names what cannot be left out, which the parser tells only whoever has left it out. */
function optionDescription(option: Option): string {
  const described = new Help().optionDescription(option);
  return option.mandatory ? `${described} (required)` : described;
}

/** The parser says that a value is invalid, and a reader of values why: of the two one sentence is made. */
function inOneSentence(text: string): string {
  return text
    .replace(
      /^error: command-argument value '(.*)' is invalid for argument '([\w-]+)'\. /s,
      "error: '$1' cannot be <$2>: ",
    )
    .replace(
      /^error: option '(.+?)' argument '(.*)' is invalid\. /s,
      "error: '$2' cannot be that of $1: ",
    )
    .replace(/(?<=: )Allowed choices are (.*)\.$/m, 'expected one of $1');
}

/** A command and everything below it. */
function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Runs one command and answers its exit code; what went wrong is told in a sentence, never in a stack. */
export async function runProgram(
  argv: readonly string[],
  shell: Omit<Shell, 'setExitCode'>,
): Promise<number> {
  let exitCode: number = EXIT.done;
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  let isJson = false;
  const program = createProgram({ ...shell, setExitCode }).hook('preAction', (_, command) => {
    isJson = command.opts()['json'] === true;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (isCommanderError(error)) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    tell(error, exitCodeOf(error), isJson, shell.streams);
    return exitCodeOf(error);
  }
}

/** With `--json` the answer is an object too: `{ "error": { "code", "detail", … } }`. */
function tell(
  error: unknown,
  exitCode: number,
  isJson: boolean,
  { stdout, stderr }: Streams,
): void {
  const message = error instanceof Error ? error.message : String(error);
  const broken = error instanceof WaitBroken ? error : null;
  const detail = exitCode === EXIT.interrupted && broken === null ? 'Interrupted.' : message;
  if (!isJson) {
    warnOn({ stderr }, detail);
    return;
  }
  const why = broken === null ? error : broken.cause;
  const problem = why instanceof RequestRefused ? why.problem.body : null;
  const workload = broken === null ? {} : { workloadId: broken.workloadId };
  const name = error instanceof Error ? error.name : 'Error';
  stdout.write(`${JSON.stringify({ error: { name, detail, exitCode, problem, ...workload } })}\n`);
}

function isCommanderError(error: unknown): error is { readonly exitCode: number } {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && code.startsWith('commander.');
}
