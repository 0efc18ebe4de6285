import { Command } from 'commander';
import { type ShownTimes, timeLines } from '../output/schedule-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { idOf } from './id-argument.js';
import { atLeast, filled } from './option-parsers.js';
import { askingAsTenant, newKey, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/schedules';
/** The most that the api tells at once. */
const TIMES_MAX = 100;
const COUNT_OPTION = ['--count <n>', 'how many (default: 10)', atLeast(1, TIMES_MAX)] as const;

interface PreviewOptions extends SharedOptions {
  readonly timeZone?: string;
  readonly count?: number;
  readonly after?: string;
}

/** `bulkhead schedule preview <cron>` */
export function schedulePreviewCommand(shell: Shell): Command {
  const command = new Command('preview')
    .description('tell when a schedule would fire; nothing is recorded')
    .argument('<cron>', 'five fields in quotes, or a name such as @daily', filled)
    .option('--time-zone <zone>', 'such as Europe/Berlin (default: UTC)')
    .option('--after <time>', 'from this time on, such as 2026-11-21T10:42:00Z (default: now)')
    .option(...COUNT_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead schedule preview "30 2 * * 1-5" --time-zone Europe/Berlin --count 3',
    );
  return withConnection(command).action(async (cron: string, options: PreviewOptions) => {
    const { timeZone, after, count } = options;
    // What is undefined is not said.
    const wanted = { cron, timeZone, after, count };
    const { body } = await askingAsTenant(shell, options, (client) =>
      client.post(`${ROUTE}/preview`, wanted, newKey()),
    );
    terminalOf(shell, options).answer(body as ShownTimes, timeLines);
  });
}

/** `bulkhead schedule next <schedule>` */
export function scheduleNextCommand(shell: Shell): Command {
  const command = new Command('next')
    .description('list its next planned times; none while it is paused or deleted')
    .argument('<schedule>', 'id of a schedule', idOf('sch'))
    .option(...COUNT_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead schedule next sch_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f --count 3',
    );
  return withConnection(command).action(
    async (id: string, options: SharedOptions & { readonly count?: number }) => {
      const query = options.count === undefined ? '' : `?count=${options.count}`;
      const { body } = await askingAsTenant(shell, options, (client) =>
        client.get(`${ROUTE}/${encodeURIComponent(id)}/next${query}`),
      );
      terminalOf(shell, options).answer(body as ShownTimes, timeLines);
    },
  );
}
