import { Command, Option } from 'commander';
import {
  batchLines,
  batchListLines,
  type ShownBatch,
  type ShownTask,
  taskLines,
} from '../output/batch-lines.js';
import { batchSummaryCommand } from './batch-summary.command.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { idOf } from './id-argument.js';
import { jsonOrLinesOf } from './json-file.js';
import { filled } from './option-parsers.js';
import { tellWhereReplayed } from './replayed.js';
import { askingAsTenant, clientOf, newKey, type Shell, terminalOf } from './shell.js';
import { batchWatchCommand } from './watch.commands.js';

const ROUTE = '/v1/batches';
const LINES_TYPE = 'application/x-ndjson';
const EXAMPLE_ID = 'bat_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f';
const STATUSES = [
  ...['waiting', 'running', 'paused', 'cancelling', 'overdue'],
  ...['succeeded', 'failed', 'cancelled'],
];
const OUTCOMES = [
  'succeeded',
  'failed',
  'cancelled',
  'timed-out',
  'rejected',
  'skipped',
  'unfinished',
];

/** `bulkhead batch submit|list|show|tasks|summary|watch|pause|resume|cancel|retry-failed` */
export function batchCommand(shell: Shell): Command {
  return new Command('batch')
    .description('many workloads that were submitted together')
    .addCommand(submitCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
    .addCommand(tasksCommand(shell))
    .addCommand(batchSummaryCommand(shell))
    .addCommand(batchWatchCommand(shell))
    .addCommand(actCommand(shell, 'pause', 'create no further workload; those under way go on'))
    .addCommand(actCommand(shell, 'resume', 'create workloads again'))
    .addCommand(actCommand(shell, 'cancel', 'create no further one and cancel those under way'))
    .addCommand(actCommand(shell, 'retry-failed', 'run again, as a batch, what did not succeed'));
}

function submitCommand(shell: Shell): Command {
  const command = new Command('submit')
    .description('submit a batch; it is recorded with all of its tasks or not at all')
    .argument(
      '<file>',
      'JSON as POST /v1/batches takes it; *.ndjson: a batch and a task a line; - for standard input',
      filled,
    )
    .option('--idempotency-key <key>', 'the same key never submits twice')
    .addHelpText(
      'after',
      '\nExamples:\n  bulkhead batch submit nightly-report.json\n  bulkhead batch submit many-regions.ndjson',
    );
  return withConnection(command).action(
    async (path: string, options: SharedOptions & { readonly idempotencyKey?: string }) => {
      const key = options.idempotencyKey ?? newKey();
      const client = clientOf(shell, options);
      const batch = await jsonOrLinesOf(path);
      const submitted =
        'lines' in batch
          ? await client.postText(ROUTE, batch.lines, LINES_TYPE, key)
          : await client.post(ROUTE, batch.json, key);
      const shown = submitted.body as ShownBatch;
      const shows = `bulkhead batch show ${shown.id}`;
      tellWhereReplayed(terminalOf(shell, options), options, submitted, shows);
      answer(shell, options, shown);
    },
  );
}

interface ListOptions extends SharedOptions, LimitOption {
  readonly status?: string;
  readonly submittedAfter?: string;
  readonly submittedBefore?: string;
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list your batches, newest first')
    .addOption(new Option('--status <status>', 'only these').choices(STATUSES))
    .option('--submitted-after <time>', 'from this time on, such as 2026-11-21T10:42:00Z')
    .option('--submitted-before <time>', 'before this time')
    .option(...LIMIT_OPTION)
    .addHelpText('after', '\nExample:\n  bulkhead batch list --status running');
  return withConnection(command).action(async (options: ListOptions) => {
    const { status, submittedAfter, submittedBefore, limit } = options;
    const filters = { status, submittedAfter, submittedBefore };
    const batches = await askingAsTenant(shell, options, (client) =>
      everyPage<ShownBatch>(client, ROUTE, filters, limit),
    );
    terminalOf(shell, options).answer(batches, batchListLines);
  });
}

function showCommand(shell: Shell): Command {
  const command = new Command('show')
    .description('show a batch: how many of its tasks came to what')
    .argument('<batch>', 'id of a batch', idOf('bat'))
    .addHelpText('after', `\nExample:\n  bulkhead batch show ${EXAMPLE_ID} --json`);
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    const { body } = await askingAsTenant(shell, options, (client) => client.get(routeOf(id)));
    answer(shell, options, body as ShownBatch);
  });
}

function tasksCommand(shell: Shell): Command {
  const command = new Command('tasks')
    .description('list the tasks of a batch with their workloads, by index')
    .argument('<batch>', 'id of a batch', idOf('bat'))
    .addOption(new Option('--outcome <outcome>', 'only these').choices(OUTCOMES))
    .option(...LIMIT_OPTION)
    .addHelpText('after', `\nExample:\n  bulkhead batch tasks ${EXAMPLE_ID} --outcome failed`);
  return withConnection(command).action(
    async (id: string, options: SharedOptions & LimitOption & { readonly outcome?: string }) => {
      const { outcome, limit } = options;
      const tasks = await askingAsTenant(shell, options, (client) =>
        everyPage<ShownTask>(client, `${routeOf(id)}/tasks`, { outcome }, limit),
      );
      terminalOf(shell, options).answer(tasks, taskLines);
    },
  );
}

function actCommand(shell: Shell, act: string, description: string): Command {
  const command = new Command(act)
    .description(`${description}; repeating it does no harm`)
    .argument('<batch>', 'id of a batch', idOf('bat'))
    .option('--reason <text>', 'why')
    .addHelpText('after', `\nExample:\n  bulkhead batch ${act} ${EXAMPLE_ID}`);
  return withConnection(command).action(
    async (id: string, options: SharedOptions & { readonly reason?: string }) => {
      const body = options.reason === undefined ? {} : { reason: options.reason };
      const acted = await askingAsTenant(shell, options, (client) =>
        client.post(`${routeOf(id)}/${act}`, body, newKey()),
      );
      answer(shell, options, acted.body as ShownBatch);
    },
  );
}

const routeOf = (id: string) => `${ROUTE}/${encodeURIComponent(id)}`;

function answer(shell: Shell, options: SharedOptions, batch: ShownBatch): void {
  terminalOf(shell, options).answer(batch, batchLines);
}
