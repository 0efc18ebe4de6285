import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import {
  type Installation,
  makeTemporaryHome,
  startInstallation,
} from '../../../apps/cli/src/demo/installation.js';
import { DATASTORES } from '../../redis/datastores.js';
import { RedisServer } from '../../redis/redis-server.js';
import { runCommand } from '../run-command.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
export const CLI = at('../../../dist/apps/cli/src/main.js');
const LAUNCHER = at('../../../dist/apps/launcher/src/main.js');
export const COMMAND_TIMEOUT_MS = 60_000;
export const START_TIMEOUT_MS = 120_000;
export const SOON = { timeout: 20_000, interval: 200 };
export const IMAGE = 'mcr.microsoft.com/windows/nanoserver:ltsc2022';
/** Commands that come in groups: options stand behind the second word. */
const GROUPS = new Set(['host', 'audit', 'tenant']);

type Datastore = (typeof DATASTORES)[number]['name'];

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A whole installation, and the command line of somebody who has its credentials. */
export interface CommandLine {
  readonly datastore: Datastore;
  /** Of the installation: the folder, where the credentials stand. */
  readonly home: string;
  /** Of the launcher that runs it. */
  pid(): number;
  bulkhead(...words: string[]): Promise<Ended>;
  /** The same by the program that was built, in a process of its own. */
  built(...words: string[]): Promise<Ended>;
  /** What a command answers with `--json`. */
  json(command: string, ...words: string[]): Promise<ReturnType<typeof JSON.parse>>;
}

/**
 * Starts one installation for all suites of a file, with its queues in the datastore that is named.
 * @param suites get a command line that works once their tests run
 */
export function describeCommandLine(
  datastore: Datastore,
  suites: (commandLine: CommandLine) => void,
): void {
  const { describe } = DATASTORES.find(({ name }) => name === datastore)!;
  describe(`with queues in ${datastore}`, () => {
    const home = makeTemporaryHome();
    let redis: RedisServer | null = null;
    let installation: Installation;

    beforeAll(async () => {
      if (datastore === 'redis') redis = await RedisServer.start();
      const queues = redis === null ? {} : { REDIS_URL: redis.url };
      installation = await startInstallation(LAUNCHER, home.path, { ...process.env, ...queues });
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await installation?.stop();
      await redis?.end();
      home.remove();
    }, START_TIMEOUT_MS);

    suites(commandLine(datastore, home.path, () => installation.pid));
  });
}

function commandLine(datastore: Datastore, home: string, pid: () => number): CommandLine {
  const environment = { BULKHEAD_HOME: home };
  const bulkhead = (...words: string[]) => runCommand(words, environment);
  return {
    datastore,
    home,
    pid,
    bulkhead,
    built: (...words) =>
      new Promise((resolve) => {
        const options = { timeout: COMMAND_TIMEOUT_MS, env: environment };
        execFile(process.execPath, [CLI, ...words], options, (error, stdout, stderr) => {
          resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
        });
      }),
    json: async (command, ...words) => {
      const [first = '', ...others] = words;
      const argv = GROUPS.has(command)
        ? [command, first, '--json', ...others]
        : [command, '--json', ...words];
      return JSON.parse((await bulkhead(...argv)).stdout);
    },
  };
}
