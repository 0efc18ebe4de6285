import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterFolder, clusterFolder } from './cluster.js';
import { launchServer } from './server.js';

const BEGUN_WITHIN_MS = 1_000;
const REPLAYS_FOR_SECONDS = 2;
/** Nothing is written by whoever is meant to be given up. */
const SHORT_MS = 100;
const pidFile = (status: string) => `cat > postmaster.pid <<END
$$
$PWD
0
5432

127.0.0.1
0
${status}
END
`;

let folder: ClusterFolder;
beforeEach(() => {
  folder = clusterFolder(mkdtempSync(join(tmpdir(), 'bulkhead-server-')));
  mkdirSync(folder.data);
});
afterEach(() => rmSync(folder.path, { recursive: true, force: true }));

/** Starts what behaves as a server does that needs its time, because a real one needs minutes only with gigabytes. */
function launch(behaviour: string, begunWithinMs: number) {
  const postgres = join(folder.path, 'postgres');
  writeFileSync(postgres, `#!/bin/sh\n${behaviour}\nexec sleep 60\n`);
  chmodSync(postgres, 0o700);
  const binaries = { postgres, initdb: postgres };
  const settings = { portIsFixed: false, settings: {}, begunWithinMs };
  return launchServer(folder, binaries, undefined, settings);
}

describe('the start of a server', () => {
  it('is waited for as long as it replays what it had not written out when it was killed', async () => {
    const replaying = `${pidFile('starting')}sleep ${REPLAYS_FOR_SECONDS}\n${pidFile('ready')}`;
    const server = await launch(replaying, BEGUN_WITHIN_MS);
    expect(server.ready).toBe(true);
    process.kill(server.pid, 'SIGKILL');
  });

  it('is given up where it does not even begin', async () => {
    await expect(launch('', SHORT_MS)).rejects.toThrow('Postgres does not start');
  });
});
