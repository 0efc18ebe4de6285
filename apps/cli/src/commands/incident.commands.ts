import { Command, Option } from 'commander';
import { incidentLines, type ShownIncident } from '../output/incident-lines.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { idOf } from './id-argument.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/incidents';
const KINDS = ['escape-attempt', 'suspicious-crash', 'other'];

interface ReportOptions extends SharedOptions {
  readonly host: string;
  readonly kind: string;
  readonly workload?: string;
  readonly tenant?: string;
  readonly note: string;
  readonly stop?: boolean;
}

/** `bulkhead incident report|list|show|contain` */
export function incidentCommand(shell: Shell): Command {
  return new Command('incident')
    .description('what was seen on a host; reporting it puts the host in quarantine')
    .addCommand(reportCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
    .addCommand(containCommand(shell));
}

function reportCommand(shell: Shell): Command {
  const command = new Command('report')
    .description('record what was seen, and put the host in quarantine')
    .requiredOption('--host <id>', 'where it was seen')
    .addOption(new Option('--kind <kind>', 'what it is').choices(KINDS).makeOptionMandatory())
    .option('--workload <id>', 'which workload is suspected, with --tenant')
    .option('--tenant <id>', 'whose workload it is')
    .requiredOption('--note <text>', 'what was seen; it is recorded in the log for good')
    .option('--stop', 'stop what runs on the host; what it leaves behind is kept')
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead incident report --host host_… --kind escape-attempt --note "a handle to the host" --stop',
    );
  return withConnection(command, true).action(
    async ({ host: hostId, workload, tenant, kind, note, stop, ...options }: ReportOptions) => {
      const body = {
        ...{ hostId, kind, note, stop: stop ?? false },
        ...(workload === undefined ? {} : { workloadId: workload }),
        ...(tenant === undefined ? {} : { tenantId: tenant }),
      };
      const client = platformClientOf(shell, options, 'operator');
      answer(shell, options, (await client.post(ROUTE, body, newKey())).body as ShownIncident);
    },
  );
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list the incidents, newest first')
    .option(...LIMIT_OPTION)
    .addHelpText('after', '\nExample:\n  bulkhead incident list');
  return withConnection(command, true).action(async (options: SharedOptions & LimitOption) => {
    const client = platformClientOf(shell, options, 'operator');
    const incidents = await everyPage<ShownIncident>(client, ROUTE, {}, options.limit);
    terminalOf(shell, options).answer(incidents, incidentLines);
  });
}

function showCommand(shell: Shell): Command {
  const command = new Command('show')
    .description('show one incident')
    .argument('<id>', 'as `incident list` shows it', idOf('inc'))
    .addHelpText('after', '\nExample:\n  bulkhead incident show inc_…');
  return withConnection(command, true).action(async (id: string, options: SharedOptions) => {
    const client = platformClientOf(shell, options, 'operator');
    answer(shell, options, (await client.get(routeOf(id))).body as ShownIncident);
  });
}

function containCommand(shell: Shell): Command {
  const command = new Command('contain')
    .description('state that it is over; the host stays in quarantine until it is released')
    .argument('<id>', 'as `incident list` shows it', idOf('inc'))
    .requiredOption('--note <text>', 'what was done; it is recorded in the log for good')
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead incident contain inc_… --note "the image was revoked"',
    );
  return withConnection(command, true).action(
    async (id: string, { note, ...options }: SharedOptions & { readonly note: string }) => {
      const client = platformClientOf(shell, options, 'operator');
      const { body } = await client.post(`${routeOf(id)}/contain`, { note }, newKey());
      answer(shell, options, body as ShownIncident);
    },
  );
}

const routeOf = (id: string) => `${ROUTE}/${encodeURIComponent(id)}`;

function answer(shell: Shell, options: SharedOptions, incident: ShownIncident): void {
  terminalOf(shell, options).answer(incident, (shown, colors) => incidentLines([shown], colors));
}
