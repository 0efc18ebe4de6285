import { Command } from 'commander';
import { eventLines, type ShownEvent } from '../output/event-lines.js';
import { type ShownWorkload, workloadLines } from '../output/workload-lines.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { explainCommand } from './explain.command.js';
import { idOf } from './id-argument.js';
import { askingAsTenant, newKey, type Shell, terminalOf } from './shell.js';
import { submitCommand } from './submit.command.js';
import { workloadWatchCommand } from './watch.commands.js';
import { workloadListCommand } from './workload-list.command.js';
import { workloadLogsCommand } from './workload-logs.command.js';

const SHORTER = '`bulkhead submit`, `explain`, `get`, `events` and `cancel`';

const routeOf = (id: string) => `/v1/workloads/${encodeURIComponent(id)}`;

/** `bulkhead workload …`: more of a single workload than `get`, `events` and `cancel` give. */
export function workloadCommand(shell: Shell): Command {
  const group = new Command('workload')
    .description('find workloads, what one writes, and what happens to it')
    // As at the top: options of Bulkhead end where the workload's own words begin.
    .enablePositionalOptions()
    .addHelpText('after', `\n${SHORTER} are known here too, by the same names.`)
    .addCommand(workloadListCommand(shell))
    .addCommand(workloadLogsCommand(shell))
    .addCommand(workloadWatchCommand(shell));
  // Whoever knows `batch show` and `batch cancel` looks for them here.
  const ofOne = [submitCommand, explainCommand, getCommand, eventsCommand, cancelCommand];
  for (const make of ofOne) group.addCommand(make(shell), { hidden: true });
  return group;
}

/** `bulkhead get <workload>` */
export function getCommand(shell: Shell): Command {
  const command = new Command('get')
    .description('show a workload: status, decision with its reasons, attempts')
    .argument('<workload>', 'id of a workload', idOf('wl'))
    .addHelpText('after', '\nExample:\n  bulkhead get wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f --json');
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    const { body } = await askingAsTenant(shell, options, (client) => client.get(routeOf(id)));
    const workload = body as ShownWorkload;
    terminalOf(shell, options).answer(workload, workloadLines);
  });
}

/** `bulkhead events <workload>` */
export function eventsCommand(shell: Shell): Command {
  const command = new Command('events')
    .description('list the events of a workload, the oldest first')
    .argument('<workload>', 'id of a workload', idOf('wl'))
    .option(...LIMIT_OPTION)
    .addHelpText('after', '\nExample:\n  bulkhead events wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f');
  return withConnection(command).action(
    async (id: string, options: SharedOptions & LimitOption) => {
      const events = await askingAsTenant(shell, options, (client) =>
        everyPage<ShownEvent>(client, `${routeOf(id)}/events`, {}, options.limit),
      );
      const terminal = terminalOf(shell, options);
      terminal.answer(events, (shown, colors) => eventLines(shown, colors, terminal.width));
    },
  );
}

/** `bulkhead cancel <workload>` */
export function cancelCommand(shell: Shell): Command {
  const command = new Command('cancel')
    .description('cancel a workload; repeating it does no harm')
    .argument('<workload>', 'id of a workload', idOf('wl'))
    .option('--reason <text>', 'why')
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead cancel wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f --reason "no longer needed"',
    );
  return withConnection(command).action(
    async (id: string, options: SharedOptions & { readonly reason?: string }) => {
      const body = options.reason === undefined ? {} : { reason: options.reason };
      const answer = await askingAsTenant(shell, options, (client) =>
        client.post(`${routeOf(id)}/cancel`, body, newKey()),
      );
      const workload = answer.body as ShownWorkload;
      terminalOf(shell, options).answer(workload, workloadLines);
    },
  );
}
