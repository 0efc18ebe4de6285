import { Command } from 'commander';
import { FOLLOW_RETRIES } from '../http/retry-plan.js';
import type { StreamClient } from '../http/stream-client.js';
import { batchLines, type ShownBatch } from '../output/batch-lines.js';
import type { ShownEvent } from '../output/event-lines.js';
import { EXIT } from '../output/exit-codes.js';
import type { Terminal } from '../output/terminal.js';
import {
  finishedOf,
  PROGRESS_BAR,
  progressFigures,
  progressLine,
  type ShownBatchEvent,
  watchedEventLine,
} from '../output/watch-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { followed } from './followed.js';
import { idOf } from './id-argument.js';
import { askingAsTenant, type Shell, terminalOf } from './shell.js';

const HELP = `
A connection that breaks is made again, and goes on where it was. With --json every message is a line
of JSON. The exit code is 0 where it succeeded, 3 where the rules refused it, and otherwise 5.`;

/** `bulkhead workload watch <workload>` */
export function workloadWatchCommand(shell: Shell): Command {
  const command = new Command('watch')
    .description('show what happens to a workload, until it has ended')
    .argument('<workload>', 'id of a workload', idOf('wl'))
    .addHelpText(
      'after',
      `${HELP}\n\nExample:\n  bulkhead workload watch wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f`,
    );
  return withConnection(command, false, FOLLOW_RETRIES).action(
    async (id: string, options: SharedOptions) => {
      const terminal = terminalOf(shell, options);
      let startMs: number | null = null;
      const status = await askingAsTenant(
        shell,
        options,
        (_client, streams) =>
          watched<ShownEvent>(streams, 'workload', id, terminal, (event) => {
            startMs ??= Date.parse(event.recordedAt);
            terminal.say(watchedEventLine(event, startMs, terminal.colors, terminal.width));
          }),
        FOLLOW_RETRIES,
      );
      shell.setExitCode(exitCodeOfEnd(status));
    },
  );
}

/** `bulkhead batch watch <batch>` */
export function batchWatchCommand(shell: Shell): Command {
  const command = new Command('watch')
    .description('show how a batch comes on, until it has ended: a bar on a terminal, else lines')
    .argument('<batch>', 'id of a batch', idOf('bat'))
    .addHelpText(
      'after',
      `${HELP}\n\nExample:\n  bulkhead batch watch bat_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f`,
    );
  return withConnection(command, false, FOLLOW_RETRIES).action(
    async (id: string, options: SharedOptions) => {
      const terminal = terminalOf(shell, options);
      const bar = terminal.bar(PROGRESS_BAR);
      const show = (event: ShownBatchEvent) => {
        bar.show(finishedOf(event.batch), event.batch.taskCount, progressFigures(event));
        if (!terminal.hasBars) terminal.say(progressLine(event));
      };
      const status = await askingAsTenant(
        shell,
        options,
        async (client, streams) => {
          const ended = await watched(streams, 'batch', id, terminal, show).finally(() =>
            bar.stop(),
          );
          if (!terminal.isJson) {
            const { body } = await client.get(`/v1/batches/${encodeURIComponent(id)}`);
            terminal.say(...batchLines(terminal.shown(body as ShownBatch), terminal.colors));
          }
          return ended;
        },
        FOLLOW_RETRIES,
      );
      shell.setExitCode(exitCodeOfEnd(status));
    },
  );
}

const ROUTES = { workload: '/v1/workloads', batch: '/v1/batches' } as const;

/** The status with which it ended. */
async function watched<Shown>(
  streams: StreamClient,
  kind: keyof typeof ROUTES,
  id: string,
  terminal: Terminal,
  show: (shown: Shown) => void,
): Promise<string> {
  let status = 'unknown';
  const path = `${ROUTES[kind]}/${encodeURIComponent(id)}/events/stream`;
  const goesOn = `${id} goes on without anybody watching: bulkhead ${kind} watch ${id}`;
  for await (const { event, data } of followed(streams, path, goesOn)) {
    if (terminal.isJson) terminal.answer(data, () => []);
    if (event === 'end') status = (data as { readonly status: string }).status;
    else if (event === undefined && !terminal.isJson) show(terminal.shown(data as Shown));
  }
  return status;
}

function exitCodeOfEnd(status: string): number {
  if (status === 'succeeded') return EXIT.done;
  return status === 'rejected' ? EXIT.refused : EXIT.didNotSucceed;
}
