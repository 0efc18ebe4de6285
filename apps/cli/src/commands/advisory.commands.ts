import { Command } from 'commander';
import { advisoryLines, type ShownAdvisory } from '../output/advisory-lines.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { idOf } from './id-argument.js';
import { jsonOf } from './json-file.js';
import { filled } from './option-parsers.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/advisories';

/** `bulkhead advisory publish|list|show|withdraw` */
export function advisoryCommand(shell: Shell): Command {
  return new Command('advisory')
    .description('published vulnerabilities: which walls are broken, on hosts of which builds')
    .addCommand(publishCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
    .addCommand(withdrawCommand(shell));
}

function publishCommand(shell: Shell): Command {
  const command = new Command('publish')
    .description(
      'let no new silo share a kernel that the advisory breaks; another wall is warned of',
    )
    .argument('<file>', 'JSON as POST /v1/advisories takes it', filled)
    .addHelpText('after', '\nExample:\n  bulkhead advisory publish cve-2026-70270.json');
  return withConnection(command, true).action(async (path: string, options: SharedOptions) => {
    const body = await jsonOf(path);
    const client = platformClientOf(shell, options, 'operator');
    answer(shell, options, (await client.post(ROUTE, body, newKey())).body as ShownAdvisory);
  });
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list the advisories, newest first')
    .option(...LIMIT_OPTION)
    .addHelpText('after', '\nExample:\n  bulkhead advisory list');
  return withConnection(command, true).action(async (options: SharedOptions & LimitOption) => {
    const client = platformClientOf(shell, options, 'operator');
    const advisories = await everyPage<ShownAdvisory>(client, ROUTE, {}, options.limit);
    terminalOf(shell, options).answer(advisories, advisoryLines);
  });
}

function showCommand(shell: Shell): Command {
  const command = new Command('show')
    .description('show one advisory')
    .argument('<id>', 'as `advisory list` shows it', idOf('adv'))
    .addHelpText('after', '\nExample:\n  bulkhead advisory show adv_…');
  return withConnection(command, true).action(async (id: string, options: SharedOptions) => {
    const client = platformClientOf(shell, options, 'operator');
    answer(shell, options, (await client.get(routeOf(id))).body as ShownAdvisory);
  });
}

function withdrawCommand(shell: Shell): Command {
  const command = new Command('withdraw')
    .description('take an advisory back; what was raised to a utility VM stays raised')
    .argument('<id>', 'as `advisory list` shows it', idOf('adv'))
    .requiredOption('--reason <text>', 'why; it is recorded in the log with who said so')
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead advisory withdraw adv_… --reason "every host is patched"',
    );
  return withConnection(command, true).action(
    async (id: string, { reason, ...options }: SharedOptions & { readonly reason: string }) => {
      const client = platformClientOf(shell, options, 'operator');
      const { body } = await client.post(`${routeOf(id)}/withdraw`, { reason }, newKey());
      answer(shell, options, body as ShownAdvisory);
    },
  );
}

const routeOf = (id: string) => `${ROUTE}/${encodeURIComponent(id)}`;

function answer(shell: Shell, options: SharedOptions, advisory: ShownAdvisory): void {
  terminalOf(shell, options).answer(advisory, (shown, colors) => advisoryLines([shown], colors));
}
