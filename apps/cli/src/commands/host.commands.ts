import { Command, Option } from 'commander';
import { isRecord } from '../http/problem.js';
import { BadAnswer } from '../import/tenant-access.js';
import type { ShownTemplate } from '../output/host-lines.js';
import { hostDetailLines, hostLines, type ShownHost, templateLines } from '../output/host-lines.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { HOSTS_ROUTE, hostActCommands, hostRoute } from './host-acts.commands.js';
import { idOf } from './id-argument.js';
import { jsonOf } from './json-file.js';
import { filled } from './option-parsers.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';

const STATUSES = ['registered', 'up', 'lost', 'fenced', 'retired'];
const DRAINS = ['draining', 'drained', 'none'];

/** `bulkhead host register|list|show|templates|cordon|uncordon|drain|quarantine|release|fence|retire` */
export function hostCommand(shell: Shell): Command {
  const group = new Command('host')
    .description('the machines of the fleet, and what operators do about them')
    .addCommand(registerCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
    .addCommand(templatesCommand(shell));
  for (const command of hostActCommands(shell)) group.addCommand(command);
  return group;
}

function registerCommand(shell: Shell): Command {
  const command = new Command('register')
    .description('add a host to the fleet')
    .argument('<file>', 'JSON as POST /v1/hosts takes it', filled)
    .addHelpText('after', '\nExample:\n  bulkhead host register win2025-a.json');
  return withConnection(command, true).action(async (path: string, options: SharedOptions) => {
    const body = await jsonOf(path);
    const client = platformClientOf(shell, options, 'operator');
    const host = (await client.post(HOSTS_ROUTE, body, newKey())).body as ShownHost;
    terminalOf(shell, options).answer(host, hostDetailLines);
  });
}

interface ListOptions extends SharedOptions, LimitOption {
  readonly status?: string;
  readonly drain?: string;
  readonly cordoned?: boolean;
  readonly quarantined?: boolean;
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list the hosts, newest first, and what keeps new work away from each')
    .addOption(new Option('--status <status>', 'only those of that status').choices(STATUSES))
    .addOption(new Option('--drain <drain>', 'only those so far in a drain').choices(DRAINS))
    .option('--cordoned', 'only those that are cordoned')
    .option('--quarantined', 'only those in quarantine')
    .option(...LIMIT_OPTION)
    .addHelpText('after', '\nExamples:\n  bulkhead host list\n  bulkhead host list --quarantined');
  return withConnection(command, true).action(async (options: ListOptions) => {
    const client = platformClientOf(shell, options, 'operator');
    const { status, drain, cordoned, quarantined } = options;
    const only = (flag: boolean | undefined) => (flag === true ? 'true' : undefined);
    const filters = { status, drain, cordoned: only(cordoned), quarantined: only(quarantined) };
    const hosts = await everyPage<ShownHost>(client, HOSTS_ROUTE, filters, options.limit);
    terminalOf(shell, options).answer(hosts, hostLines);
  });
}

function showCommand(shell: Shell): Command {
  const command = new Command('show')
    .description('show one host')
    .argument('<id>', 'as `host list` shows it', idOf('host'))
    .addHelpText('after', '\nExample:\n  bulkhead host show host_…');
  return withConnection(command, true).action(async (id: string, options: SharedOptions) => {
    const client = platformClientOf(shell, options, 'operator');
    const host = (await client.get(hostRoute(id))).body as ShownHost;
    terminalOf(shell, options).answer(host, hostDetailLines);
  });
}

function templatesCommand(shell: Shell): Command {
  const command = new Command('templates')
    .description('list what a host has saved to clone utility VMs from, and who holds its pages')
    .argument('<id>', 'of the host, as `host list` shows it', idOf('host'))
    .addHelpText('after', '\nExample:\n  bulkhead host templates host_…');
  return withConnection(command, true).action(async (id: string, options: SharedOptions) => {
    const route = `${hostRoute(id)}/templates`;
    const { body } = await platformClientOf(shell, options, 'operator').get(route);
    if (!isRecord(body) || !Array.isArray(body['items'])) {
      throw new BadAnswer(`${route} answered no list`);
    }
    const templates = body['items'] as readonly ShownTemplate[];
    terminalOf(shell, options).answer(templates, templateLines);
  });
}
