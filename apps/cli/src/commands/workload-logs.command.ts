import { Command, Option } from 'commander';
import type { ApiClient } from '../http/api-client.js';
import { isRecord } from '../http/problem.js';
import { FOLLOW_RETRIES, SHORT_RETRIES } from '../http/retry-plan.js';
import type { StreamClient } from '../http/stream-client.js';
import { BadAnswer } from '../import/tenant-access.js';
import { LogWriter, type ShownChunk } from '../output/log-writer.js';
import { type ShownWorkload, whyNoLogs } from '../output/workload-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { followed } from './followed.js';
import { idOf } from './id-argument.js';
import { atLeast } from './option-parsers.js';
import { askingAsTenant, type Shell, terminalOf } from './shell.js';

/** The most that the api gives at once. */
const PAGE_CHUNKS = 200;
/** Far more than any bound of a workload allows. */
const PAGES_MAX = 10_000;

interface LogsOptions extends SharedOptions {
  readonly attempt?: number;
  readonly stream?: 'stdout' | 'stderr';
  readonly raw?: boolean;
  readonly follow?: boolean;
}

const HELP = `
What the workload wrote to stdout goes to stdout, the rest and what the service says about it to stderr.
On a terminal control characters are shown as �, so that a workload cannot change what you see; --raw
lets them through. With --json every chunk is a line of JSON on stdout.

Examples:
  bulkhead workload logs wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f --follow
  bulkhead workload logs wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f --attempt 2 --stream stderr`;

/** `bulkhead workload logs <workload>` */
export function workloadLogsCommand(shell: Shell): Command {
  const command = new Command('logs')
    .description('show what a workload wrote to stdout and stderr')
    .argument('<workload>', 'id of a workload', idOf('wl'))
    .option('--attempt <number>', 'of this attempt alone', atLeast(1, 2_147_483_647))
    .addOption(new Option('--stream <name>', 'of this stream alone').choices(['stdout', 'stderr']))
    .option('--follow', 'go on until the workload has ended')
    .option('--raw', 'let control characters through to a terminal')
    .addHelpText('after', HELP);
  const whileFollowing = { with: '--follow', plan: FOLLOW_RETRIES };
  return withConnection(command, false, SHORT_RETRIES, whileFollowing).action(
    async (id: string, options: LogsOptions) => {
      const isFollowing = options.follow === true;
      const writer = new LogWriter(shell.streams, {
        isJson: options.json === true,
        isRaw: options.raw === true,
      });
      await askingAsTenant(
        shell,
        options,
        async (client, streams) => {
          await (isFollowing
            ? writeStream(streams, id, options, writer)
            : writePages(client, id, options, writer));
          if (!writer.isEmpty) return;
          const { body } = await client.get(`/v1/workloads/${encodeURIComponent(id)}`);
          terminalOf(shell, options).warn(whyNoLogs(body as ShownWorkload, options));
        },
        isFollowing ? FOLLOW_RETRIES : SHORT_RETRIES,
      );
    },
  );
}

async function writePages(
  client: ApiClient,
  id: string,
  options: LogsOptions,
  writer: LogWriter,
): Promise<void> {
  const route = routeOf(id);
  const query = queryOf(options, { limit: String(PAGE_CHUNKS) });
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { body } = await client.get(`${route}?${query}`);
    if (!isRecord(body) || !Array.isArray(body['items'])) {
      throw new BadAnswer(`${route} answered no list`);
    }
    for (const chunk of body['items'] as ShownChunk[]) writer.write(chunk);
    if (typeof body['nextCursor'] !== 'string') return;
    query.set('cursor', body['nextCursor']);
  }
}

async function writeStream(
  streams: StreamClient,
  id: string,
  options: LogsOptions,
  writer: LogWriter,
): Promise<void> {
  const path = `${routeOf(id)}?${queryOf(options, { follow: 'true' })}`;
  const goesOn = `${id} goes on without anybody reading: bulkhead workload logs ${id} --follow`;
  for await (const { event, data } of followed(streams, path, goesOn)) {
    if (event === undefined) writer.write(data as ShownChunk);
  }
}

const routeOf = (id: string) => `/v1/workloads/${encodeURIComponent(id)}/logs`;

function queryOf({ attempt, stream }: LogsOptions, fixed: Readonly<Record<string, string>>) {
  const query = new URLSearchParams(fixed);
  if (attempt !== undefined) query.set('attempt', String(attempt));
  if (stream !== undefined) query.set('stream', stream);
  return query;
}
