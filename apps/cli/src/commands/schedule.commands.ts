import { Command, Option } from 'commander';
import {
  runLines,
  type ShownRun,
  type ShownSchedule,
  scheduleLines,
  scheduleListLines,
} from '../output/schedule-lines.js';
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
import { tellWhereReplayed } from './replayed.js';
import { scheduleNextCommand, schedulePreviewCommand } from './schedule-times.commands.js';
import { askingAsTenant, clientOf, newKey, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/schedules';
const EXAMPLE_ID = 'sch_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f';
const STATUSES = ['active', 'paused', 'deleted'];

/** `bulkhead schedule create|list|show|change|pause|resume|delete|runs|next|preview` */
export function scheduleCommand(shell: Shell): Command {
  return new Command('schedule')
    .description('batches that are submitted at planned times')
    .addCommand(createCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
    .addCommand(changeCommand(shell))
    .addCommand(actCommand(shell, 'pause', 'fire nothing until it is resumed'))
    .addCommand(actCommand(shell, 'resume', 'fire again from the next planned time on'))
    .addCommand(deleteCommand(shell))
    .addCommand(runsCommand(shell))
    .addCommand(scheduleNextCommand(shell))
    .addCommand(schedulePreviewCommand(shell));
}

function createCommand(shell: Shell): Command {
  const command = new Command('create')
    .description('create a schedule')
    .argument('<file>', 'JSON as POST /v1/schedules takes it', filled)
    .option('--idempotency-key <key>', 'the same key never creates two')
    .addHelpText('after', '\nExample:\n  bulkhead schedule create nightly-report.json');
  return withConnection(command).action(
    async (path: string, options: SharedOptions & { readonly idempotencyKey?: string }) => {
      const key = options.idempotencyKey ?? newKey();
      const created = await clientOf(shell, options).post(ROUTE, await jsonOf(path), key);
      const shown = created.body as ShownSchedule;
      const shows = `bulkhead schedule show ${shown.id}`;
      tellWhereReplayed(terminalOf(shell, options), options, created, shows);
      answer(shell, options, shown);
    },
  );
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list your schedules, newest first; deleted ones only when asked for')
    .addOption(new Option('--status <status>', 'only these').choices(STATUSES))
    .option(...LIMIT_OPTION)
    .addHelpText('after', '\nExample:\n  bulkhead schedule list --status paused');
  return withConnection(command).action(
    async (options: SharedOptions & LimitOption & { readonly status?: string }) => {
      const { status, limit } = options;
      const schedules = await askingAsTenant(shell, options, (client) =>
        everyPage<ShownSchedule>(client, ROUTE, { status }, limit),
      );
      terminalOf(shell, options).answer(schedules, scheduleListLines);
    },
  );
}

function showCommand(shell: Shell): Command {
  const command = new Command('show')
    .description('show a schedule: when it fires next, and what became of the last time')
    .argument('<schedule>', 'id of a schedule', idOf('sch'))
    .addHelpText('after', `\nExample:\n  bulkhead schedule show ${EXAMPLE_ID} --json`);
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    const { body } = await askingAsTenant(shell, options, (client) => client.get(routeOf(id)));
    answer(shell, options, body as ShownSchedule);
  });
}

function changeCommand(shell: Shell): Command {
  const command = new Command('change')
    .description('change a schedule: what the file gives replaces what was, whole')
    .argument('<schedule>', 'id of a schedule', idOf('sch'))
    .argument('<file>', 'JSON as PATCH /v1/schedules/{id} takes it', filled)
    .addHelpText('after', `\nExample:\n  bulkhead schedule change ${EXAMPLE_ID} at-three.json`);
  return withConnection(command).action(
    async (id: string, path: string, options: SharedOptions) => {
      const change = await jsonOf(path);
      const { body } = await askingAsTenant(shell, options, (client) =>
        client.patch(routeOf(id), change),
      );
      answer(shell, options, body as ShownSchedule);
    },
  );
}

function actCommand(shell: Shell, act: string, description: string): Command {
  const command = new Command(act)
    .description(`${description}; repeating it does no harm`)
    .argument('<schedule>', 'id of a schedule', idOf('sch'))
    .option('--reason <text>', 'why')
    .addHelpText('after', `\nExample:\n  bulkhead schedule ${act} ${EXAMPLE_ID}`);
  return withConnection(command).action(
    async (id: string, options: SharedOptions & { readonly reason?: string }) => {
      const body = options.reason === undefined ? {} : { reason: options.reason };
      const acted = await askingAsTenant(shell, options, (client) =>
        client.post(`${routeOf(id)}/${act}`, body, newKey()),
      );
      answer(shell, options, acted.body as ShownSchedule);
    },
  );
}

function deleteCommand(shell: Shell): Command {
  const command = new Command('delete')
    .description('delete a schedule; batches that it fired go on, and repeating it does no harm')
    .argument('<schedule>', 'id of a schedule', idOf('sch'))
    .addHelpText('after', `\nExample:\n  bulkhead schedule delete ${EXAMPLE_ID}`);
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    const { body } = await askingAsTenant(shell, options, (client) => client.delete(routeOf(id)));
    answer(shell, options, body as ShownSchedule);
  });
}

function runsCommand(shell: Shell): Command {
  const command = new Command('runs')
    .description('list what became of its planned times, the newest first')
    .argument('<schedule>', 'id of a schedule', idOf('sch'))
    .option(...LIMIT_OPTION)
    .addHelpText('after', `\nExample:\n  bulkhead schedule runs ${EXAMPLE_ID}`);
  return withConnection(command).action(
    async (id: string, options: SharedOptions & LimitOption) => {
      const runs = await askingAsTenant(shell, options, (client) =>
        everyPage<ShownRun>(client, `${routeOf(id)}/runs`, {}, options.limit),
      );
      terminalOf(shell, options).answer(runs, runLines);
    },
  );
}

const routeOf = (id: string) => `${ROUTE}/${encodeURIComponent(id)}`;

function answer(shell: Shell, options: SharedOptions, schedule: ShownSchedule): void {
  terminalOf(shell, options).answer(schedule, scheduleLines);
}
