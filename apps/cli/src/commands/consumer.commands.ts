import { Command } from 'commander';
import { isRecord } from '../http/problem.js';
import { BadAnswer } from '../import/tenant-access.js';
import { consumerLines, type ShownConsumer, skipLines } from '../output/consumer-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { NotConfirmed } from './not-confirmed.js';
import { atLeast } from './option-parsers.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/consumers';

const LIST_HELP = `
  working  a worker follows the log for it, whether anything comes or not
  idle     no worker does: one takes over within five seconds; where none does, start a worker
  waiting  for workers of a newer version, which know the next event
  stopped  the next event cannot be applied, and nothing behind it takes effect until somebody acts

Example:
  bulkhead consumer list`;

interface ActOptions extends SharedOptions {
  readonly reason: string;
}

interface SkipOptions extends ActOptions {
  readonly position: number;
  readonly yes?: boolean;
}

/** `bulkhead consumer list|skip|retry` */
export function consumerCommand(shell: Shell): Command {
  return new Command('consumer')
    .description('what follows the log: read models and the jobs made of events')
    .addCommand(listCommand(shell))
    .addCommand(skipCommand(shell))
    .addCommand(retryCommand(shell));
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list the consumers: how far each trails, and what keeps it from going on')
    .addHelpText('after', LIST_HELP);
  return withConnection(command, true).action(async (options: SharedOptions) => {
    const consumers = await consumersOf(shell, options);
    terminalOf(shell, options).answer(consumers, consumerLines);
  });
}

function skipCommand(shell: Shell): Command {
  const command = new Command('skip')
    .description('have a stopped consumer leave out the event that it stands before, for good')
    .argument('<consumer>', 'its name, as `consumer list` shows it')
    .requiredOption('--position <n>', 'of the event to leave out', atLeast(1))
    .requiredOption('--reason <text>', 'why; it is recorded in the log with who said so')
    .option('--yes', 'do it; without this the command only says what would happen')
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead consumer skip workloads@1 --position 1204711 --reason "written by a broken build" --yes',
    );
  return withConnection(command, true).action(async (name: string, options: SkipOptions) => {
    const { position, reason } = options;
    if (options.yes !== true) {
      const consumers = await consumersOf(shell, options);
      throw new NotConfirmed(skipLines(name, consumers, position).join('\n'));
    }
    await act(shell, name, 'skip', { position, reason }, options);
  });
}

function retryCommand(shell: Shell): Command {
  const command = new Command('retry')
    .description('have a stopped consumer try again the event that it stands before')
    .argument('<consumer>', 'its name, as `consumer list` shows it')
    .requiredOption('--reason <text>', 'why; it is recorded in the log with who said so')
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead consumer retry dispatch --reason "the disk has room again"',
    );
  return withConnection(command, true).action((name: string, options: ActOptions) =>
    act(shell, name, 'retry', { reason: options.reason }, options),
  );
}

async function consumersOf(
  shell: Shell,
  options: SharedOptions,
): Promise<readonly ShownConsumer[]> {
  const { body } = await platformClientOf(shell, options, 'operator').get(ROUTE);
  if (!isRecord(body) || !Array.isArray(body['items'])) {
    throw new BadAnswer(`${ROUTE} answered no list`);
  }
  return body['items'] as readonly ShownConsumer[];
}

async function act(
  shell: Shell,
  name: string,
  verb: 'skip' | 'retry',
  body: object,
  options: SharedOptions,
): Promise<void> {
  const route = `${ROUTE}/${encodeURIComponent(name)}/${verb}`;
  const client = platformClientOf(shell, options, 'operator');
  const answer = (await client.post(route, body, newKey())).body;
  const consequence = isRecord(answer) ? String(answer['consequence']) : '';
  terminalOf(shell, options).answer(answer, () => [consequence]);
}
