import { Command } from 'commander';
import { batchResultLines, type ShownBatchResult } from '../output/batch-result-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { idOf } from './id-argument.js';
import { askingAsTenant, type Shell, terminalOf } from './shell.js';

/** `bulkhead batch summary <batch>` */
export function batchSummaryCommand(shell: Shell): Command {
  const command = new Command('summary')
    .description('sum up what the tasks of a batch came to; exact once it has ended')
    .argument('<batch>', 'id of a batch', idOf('bat'))
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead batch summary bat_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
    );
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    const { body } = await askingAsTenant(shell, options, (client) =>
      client.get(`/v1/batches/${encodeURIComponent(id)}/summary`),
    );
    const result = body as ShownBatchResult;
    terminalOf(shell, options).answer(result, batchResultLines);
  });
}
