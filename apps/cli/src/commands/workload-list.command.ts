import { Command, InvalidArgumentError, Option } from 'commander';
import { type ShownWorkload, workloadListLines } from '../output/workload-lines.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { askingAsTenant, type Shell, terminalOf } from './shell.js';

const STATUSES = [
  ...['submitted', 'waiting', 'placed', 'starting', 'running', 'unknown', 'retrying'],
  ...['succeeded', 'failed', 'cancelled', 'timed-out', 'rejected'],
];

interface ListOptions extends SharedOptions, LimitOption {
  readonly status?: string;
  readonly label?: readonly string[];
  readonly batch?: string;
  readonly isolation?: string;
  readonly submittedAfter?: string;
  readonly submittedBefore?: string;
}

/** `bulkhead workload list` */
export function workloadListCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list your workloads, newest first')
    .addOption(new Option('--status <status>', 'only these').choices(STATUSES))
    .option('--label <name=value>', 'only those with this label; may be repeated', addLabel)
    .option('--batch <batch>', 'only those of this batch')
    .addOption(new Option('--isolation <wall>', 'only these').choices(['process', 'hyperv']))
    .option('--submitted-after <time>', 'from this time on, such as 2026-11-21T10:42:00Z')
    .option('--submitted-before <time>', 'before this time')
    .option(...LIMIT_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead workload list --label team=billing --label stage=test --status failed',
    );
  return withConnection(command).action(async (options: ListOptions) => {
    const { status, label, batch, isolation, submittedAfter, submittedBefore } = options;
    const filters = { status, label, batch, isolation, submittedAfter, submittedBefore };
    const workloads = await askingAsTenant(shell, options, (client) =>
      everyPage<ShownWorkload>(client, '/v1/workloads', filters, options.limit),
    );
    terminalOf(shell, options).answer(workloads, workloadListLines);
  });
}

function addLabel(text: string, labels: readonly string[] = []): readonly string[] {
  if (text.indexOf('=') < 1) throw new InvalidArgumentError('expected name=value');
  return [...labels, text];
}
