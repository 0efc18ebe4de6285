import { Command } from 'commander';
import { isRecord } from '../http/problem.js';
import { BadAnswer } from '../import/tenant-access.js';
import { failureLines, queueLines, type ShownQueue } from '../output/queue-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/queues';

const LIST_HELP = `
  working      a worker looks after it, and told so within the last twelve seconds
  unreachable  workers run, but its Postgres or Redis does not answer them
  silent       no worker has told of it for longer: start one, or read the log of one that runs

Example:
  bulkhead queue list`;

interface RetryOptions extends SharedOptions {
  readonly reason: string;
}

/** `bulkhead queue list|show|retry` */
export function queueCommand(shell: Shell): Command {
  return new Command('queue')
    .description('the queues of jobs by which workers drive hosts')
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
    .addCommand(retryCommand(shell));
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list the queues: how many jobs wait, for how long, and how many failed for good')
    .addHelpText('after', LIST_HELP);
  return withConnection(command, true).action(async (options: SharedOptions) => {
    const { body } = await platformClientOf(shell, options, 'operator').get(ROUTE);
    if (!isRecord(body) || !Array.isArray(body['items'])) {
      throw new BadAnswer(`${ROUTE} answered no list`);
    }
    const queues = body['items'] as readonly ShownQueue[];
    terminalOf(shell, options).answer(queues, queueLines);
  });
}

function showCommand(shell: Shell): Command {
  const command = new Command('show')
    .description('show one queue, with the newest jobs that failed for good and why')
    .argument('<queue>', 'its name, as `queue list` shows it')
    .addHelpText('after', '\nExample:\n  bulkhead queue show starts');
  return withConnection(command, true).action(async (name: string, options: SharedOptions) => {
    const route = `${ROUTE}/${encodeURIComponent(name)}`;
    const { body } = await platformClientOf(shell, options, 'operator').get(route);
    if (!isRecord(body)) throw new BadAnswer(`${route} answered no queue`);
    const queue = body as unknown as ShownQueue;
    terminalOf(shell, options).answer(queue, (shown, colors) => [
      ...queueLines([shown], colors),
      ...failureLines(shown),
    ]);
  });
}

function retryCommand(shell: Shell): Command {
  const command = new Command('retry')
    .description('have the jobs of a queue tried anew that failed for good')
    .argument('<queue>', 'its name, as `queue list` shows it')
    .requiredOption('--reason <text>', 'why; it is recorded in the log with who said so')
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead queue retry starts --reason "the host has been repaired"',
    );
  return withConnection(command, true).action(async (name: string, options: RetryOptions) => {
    const route = `${ROUTE}/${encodeURIComponent(name)}/retry`;
    const client = platformClientOf(shell, options, 'operator');
    const answer = (await client.post(route, { reason: options.reason }, newKey())).body;
    const consequence = isRecord(answer) ? String(answer['consequence']) : '';
    terminalOf(shell, options).answer(answer, () => [consequence]);
  });
}
