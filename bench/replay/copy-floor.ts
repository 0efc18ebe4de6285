import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type pg from 'pg';
import { withClient } from '../histories/log-database.js';

const COPY = 'COPY log.events TO STDOUT';
const ELAPSED = /Time: ([\d.]+) ms/;

/** The floor: the same rows, as text, to nowhere. Answers the seconds that it took. */
export interface CopyFloor {
  /** Who copies: `psql`, or where that is not installed a client that throws the bytes away. */
  readonly by: string;
  run(url: string): Promise<number>;
}

export function copyFloor(): CopyFloor {
  const hasPsql = spawnSync('psql', ['--version']).status === 0;
  return hasPsql ? { by: 'psql', run: byPsql } : { by: 'node, bytes discarded', run: byDiscarding };
}

/** Its own clock, so that its start does not count. */
async function byPsql(url: string): Promise<number> {
  const child = spawn('psql', ['--no-psqlrc', '--quiet', url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(`\\timing on\n\\o /dev/null\n${COPY};\n`);
  const [said, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const elapsedMs = ELAPSED.exec(said)?.[1];
  if (exitCode !== 0 || elapsedMs === undefined) throw new Error(`psql ended with ${exitCode}`);
  return Number(elapsedMs) / 1_000;
}

function byDiscarding(url: string): Promise<number> {
  return withClient(url, async (client) => {
    const startedAt = performance.now();
    await new Promise<void>((resolve, reject) => {
      const copy = {
        submit: (connection: { query(text: string): void }) => connection.query(COPY),
        handleCopyData: () => {},
        handleCommandComplete: () => {},
        handleReadyForQuery: resolve,
        handleError: reject,
      };
      client.query(copy as unknown as pg.Submittable);
    });
    return (performance.now() - startedAt) / 1_000;
  });
}
