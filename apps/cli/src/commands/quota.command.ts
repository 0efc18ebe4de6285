import { Command } from 'commander';
import { quotaLines, type ShownOwnTenant } from '../output/quota-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { askingAsTenant, type Shell, terminalOf } from './shell.js';

/** `bulkhead quota` */
export function quotaCommand(shell: Shell): Command {
  const command = new Command('quota')
    .description('show what you may hold and submit, and what of it you use')
    .addHelpText(
      'after',
      '\nAn operator changes it with `bulkhead tenant quota`.\n\nExample:\n  bulkhead quota --as "Harbour Works"',
    );
  return withConnection(command).action(async (options: SharedOptions) => {
    const { body } = await askingAsTenant(shell, options, (client) => client.get('/v1/tenant'));
    terminalOf(shell, options).answer(body as ShownOwnTenant, quotaLines);
  });
}
