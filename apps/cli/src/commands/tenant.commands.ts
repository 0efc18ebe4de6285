import { Command, Option } from 'commander';
import {
  HOSTILE_BY_DEFAULT,
  type ShownTenant,
  tenantDetailLines,
  tenantLines,
} from '../output/tenant-lines.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { idOf } from './id-argument.js';
import { filled } from './option-parsers.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';
import { TENANTS_ROUTE, TRUSTS, tenantActCommands, tenantRoute } from './tenant-acts.commands.js';
import { tenantCredentialCommands } from './tenant-credentials.commands.js';
import { tenantQuotaCommand } from './tenant-quota.command.js';

/** `bulkhead tenant register|list|show|credential|credentials|revoke-credential|trust|boundary|suspend|reinstate|quota` */
export function tenantCommand(shell: Shell): Command {
  const group = new Command('tenant')
    .description('whose code runs here, how far each is trusted, and what it may hold')
    .addCommand(registerCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell));
  for (const command of tenantCredentialCommands(shell)) group.addCommand(command);
  for (const command of tenantActCommands(shell)) group.addCommand(command);
  return group.addCommand(tenantQuotaCommand(shell));
}

interface RegisterOptions extends SharedOptions {
  readonly trust?: string;
  readonly boundary?: string;
  readonly idempotencyKey?: string;
}

function registerCommand(shell: Shell): Command {
  const command = new Command('register')
    .description(`register a tenant; ${HOSTILE_BY_DEFAULT}`)
    .argument('<name>', 'as people call it', filled)
    .addOption(new Option('--trust <trust>', HOSTILE_BY_DEFAULT).choices(TRUSTS))
    .option('--boundary <name>', 'the boundary that a trusted tenant shares with others')
    .option('--idempotency-key <key>', 'the same key never registers two')
    .addHelpText(
      'after',
      '\nExamples:\n  bulkhead tenant register "Harbour Works" --trust standard\n  bulkhead tenant credential ten_…',
    );
  return withConnection(command, true).action(async (name: string, options: RegisterOptions) => {
    const { trust, boundary, idempotencyKey = newKey() } = options;
    const body = {
      name,
      ...(trust === undefined ? {} : { trust }),
      ...(boundary === undefined ? {} : { boundary }),
    };
    const client = platformClientOf(shell, options, 'operator');
    const { body: registered } = await client.post(TENANTS_ROUTE, body, idempotencyKey);
    const terminal = terminalOf(shell, options);
    terminal.answer(registered as ShownTenant, tenantDetailLines);
    if (trust === undefined)
      terminal.warn(`${HOSTILE_BY_DEFAULT}: bulkhead tenant trust changes it`);
  });
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list the tenants, newest first')
    .addOption(new Option('--trust <trust>', 'only those').choices(TRUSTS))
    .option(...LIMIT_OPTION)
    .addHelpText('after', '\nExample:\n  bulkhead tenant list --trust hostile');
  return withConnection(command, true).action(
    async (options: SharedOptions & LimitOption & { readonly trust?: string }) => {
      const client = platformClientOf(shell, options, 'operator');
      const { trust, limit } = options;
      const tenants = await everyPage<ShownTenant>(client, TENANTS_ROUTE, { trust }, limit);
      terminalOf(shell, options).answer(tenants, tenantLines);
    },
  );
}

function showCommand(shell: Shell): Command {
  const command = new Command('show')
    .description('show one tenant, with its quota')
    .argument('<tenant>', 'id, as `tenant list` shows it', idOf('ten'))
    .addHelpText('after', '\nExample:\n  bulkhead tenant show ten_…');
  return withConnection(command, true).action(async (id: string, options: SharedOptions) => {
    const client = platformClientOf(shell, options, 'operator');
    const tenant = (await client.get(tenantRoute(id))).body as ShownTenant;
    terminalOf(shell, options).answer(tenant, tenantDetailLines);
  });
}
