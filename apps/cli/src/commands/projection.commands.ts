import { Command } from 'commander';
import type { ApiClient } from '../http/api-client.js';
import { isRecord } from '../http/problem.js';
import { BadAnswer } from '../import/tenant-access.js';
import { EXIT } from '../output/exit-codes.js';
import { projectionLines, type ShownProjection } from '../output/projection-lines.js';
import type { Bar } from '../output/terminal.js';
import { nowMs, sleep } from '../sources.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { atLeast } from './option-parsers.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/projections';
const POLL_MS = 250;
const WAIT_SECONDS = 3_600;

interface RebuildOptions extends SharedOptions {
  readonly reason: string;
  readonly wait: boolean;
  readonly waitSeconds: number;
}

/** `bulkhead projection list|rebuild` */
export function projectionCommand(shell: Shell): Command {
  return new Command('projection')
    .description('the read models that lists are answered from')
    .addCommand(listCommand(shell))
    .addCommand(rebuildCommand(shell));
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list the projections: which rows readers see, and what is being rebuilt')
    .addHelpText('after', '\nExample:\n  bulkhead projection list');
  return withConnection(command, true).action(async (options: SharedOptions) => {
    const projections = await projectionsOf(platformClientOf(shell, options, 'operator'));
    terminalOf(shell, options).answer(projections, projectionLines);
  });
}

function rebuildCommand(shell: Shell): Command {
  const command = new Command('rebuild')
    .description(
      'make a read model anew from the log; readers see the present one until it is done',
    )
    .argument('<projection>', 'its name, as `projection list` shows it')
    .option('--reason <text>', 'why; it is recorded in the log', 'asked for at the command line')
    .option('--no-wait', 'do not wait until readers see the new rows')
    .option('--wait-seconds <n>', 'wait, but not longer', atLeast(1), WAIT_SECONDS)
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead projection rebuild workloads --reason "restored from a backup"',
    );
  return withConnection(command, true).action((name: string, options: RebuildOptions) =>
    rebuild(shell, name, options),
  );
}

async function rebuild(shell: Shell, name: string, options: RebuildOptions): Promise<void> {
  const client = platformClientOf(shell, options, 'operator');
  const terminal = terminalOf(shell, options);
  const route = `${ROUTE}/${encodeURIComponent(name)}/rebuild`;
  const { body } = await client.post(route, { reason: options.reason }, newKey());
  let projection = body as ShownProjection;
  if (options.wait) {
    const bar = terminal.bar(`${name} {bar} {percentage} % | {value} of {total} events`);
    try {
      const giveUpAtMs = nowMs() + options.waitSeconds * 1_000;
      projection = await swapped(client, projection, giveUpAtMs, bar, shell.signal);
    } finally {
      bar.stop();
    }
    if (projection.rebuild !== null) shell.setExitCode(EXIT.unavailable);
  }
  terminal.answer(projection, (shown, colors) => projectionLines([shown], colors));
}

/** The projection once readers see its new rows, or as it is when the time is over. */
async function swapped(
  client: ApiClient,
  asked: ShownProjection,
  giveUpAtMs: number,
  bar: Bar,
  signal: AbortSignal,
): Promise<ShownProjection> {
  let projection = asked;
  while (projection.rebuild !== null && nowMs() < giveUpAtMs) {
    const { position, targetPosition } = projection.rebuild;
    bar.show(position, targetPosition, {});
    await sleep(POLL_MS, undefined, { signal });
    const now = (await projectionsOf(client)).find(({ name }) => name === asked.name);
    if (now === undefined) throw new BadAnswer(`${ROUTE} no longer lists ${asked.name}`);
    projection = now;
  }
  return projection;
}

/** @throws BadAnswer where the api does not answer with a list */
async function projectionsOf(client: ApiClient): Promise<readonly ShownProjection[]> {
  const { body } = await client.get(ROUTE);
  if (!isRecord(body) || !Array.isArray(body['items'])) {
    throw new BadAnswer(`${ROUTE} answered no list`);
  }
  return body['items'] as readonly ShownProjection[];
}
