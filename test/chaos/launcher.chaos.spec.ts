import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Credentials,
  endAllRuns,
  expectStatus,
  get,
  type Items,
  LAUNCHER,
  Run,
  runs,
  submit,
  token,
} from '../e2e/launcher-run.js';

const NOBODY = { uid: 65534, gid: 65534 };
/** In a 0700 folder of its own, where the checkout may be read by others. */
const nobodyMayStart =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ['-e', `fs.readFileSync('${LAUNCHER}')`], NOBODY).status === 0;
if (!nobodyMayStart) console.warn('SKIPPED as another user: needs root and a readable checkout.');

let folder: string;
let home: string;
let run: Run;

/** As another user where that can be; one may read this checkout and what was built, but not build in it. */
const start = () =>
  nobodyMayStart
    ? new Run(home, { account: NOBODY, command: [process.execPath, LAUNCHER] })
    : new Run(home);

async function expectFleetOnce({ url, operator }: Credentials): Promise<void> {
  const bearer = await token(url, operator);
  const namesAt = async (route: string) =>
    (await get<Items>(url, route, bearer)).items.map(({ name }) => name).sort();
  // Lists may trail what was just answered.
  const trailing = { timeout: 10_000, interval: 50 };
  const hosts = ['win2022-a', 'win2022-silo', 'win2025-a'];
  await expect.poll(() => namesAt('/v1/hosts'), trailing).toEqual(hosts);
  const tenants = ['Harbour Works', 'Night Market'];
  await expect.poll(() => namesAt('/v1/tenants'), trailing).toEqual(tenants);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-killed-'));
  const parent = join(folder, 'of-its-own');
  mkdirSync(parent, { mode: 0o700 });
  if (nobodyMayStart) for (const path of [parent, folder]) chownSync(path, NOBODY.uid, NOBODY.gid);
  home = join(parent, 'home');
});

afterAll(async () => {
  await endAllRuns();
  rmSync(folder, { recursive: true, force: true });
});

describe('npm start that is killed', { timeout: 300_000 }, () => {
  let before: Credentials;

  it('in the middle of its first set-up ends with one fleet and working credentials the next time', async () => {
    for (const wanted of ['"operator"', '"host']) {
      const setup = join(home, 'setup.json');
      const killed = start();
      await killed.until(() => existsSync(setup) && readFileSync(setup, 'utf8').includes(wanted));
      await killed.end('SIGKILL');
    }
    run = await start().up();
    before = run.credentials();
    await expectFleetOnce(before);
    for (const tenant of before.tenants) await token(before.url, tenant);
  });

  it('starts a crashed process again, and nothing that was submitted meanwhile is lost', async () => {
    const { url, tenants } = before;
    const bearer = await token(url, tenants[0]!);
    const worker = run
      .processes()
      .find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/worker/'))!;
    process.kill(worker, 'SIGKILL');
    await expectStatus(url, bearer, await submit(url, bearer), 'succeeded');
    expect(run.output).toContain('worker ended (SIGKILL) and is started again');
  });

  it('starts Postgres again when that was killed, and what runs meanwhile goes on', async () => {
    const { url, tenants } = before;
    const bearer = await token(url, tenants[0]!);
    const workload = await submit(url, bearer);
    const pidFile = join(home, 'postgres', 'data', 'postmaster.pid');
    process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGKILL');
    await run.until(() => run.output.includes('Postgres ended by itself and is started again'));
    await run.until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').includes('ready'));
    await expectStatus(url, bearer, workload, 'succeeded');
    await expectStatus(url, bearer, await submit(url, bearer), 'succeeded');
  });

  it('leaves everything to the next start, which takes it over', async () => {
    await run.end('SIGKILL');
    run = await start().up();
    const after = run.credentials();
    expect({ ...after, url: '' }).toEqual({ ...before, url: '' });
    await expectFleetOnce(after);
    const bearer = await token(after.url, after.tenants[1]!);
    await expectStatus(after.url, bearer, await submit(after.url, bearer), 'succeeded');
  });

  it('stops everything though its terminal is gone', async () => {
    // The terminal is closed first, so that nobody hears the launcher say that it stops.
    const processes = run.processes();
    expect(processes).toHaveLength(4);
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    expect(await run.end('SIGHUP')).toBe(0);
    expect(processes.filter(runs)).toEqual([]);
  });
});

describe('an installation that a command started for itself', { timeout: 200_000 }, () => {
  it('stops when the command is killed, so that nothing is left running', async () => {
    const built = new URL('../../dist/apps/cli/src/demo/installation.js', import.meta.url).href;
    const program = `
      const { startInstallation } = await import(${JSON.stringify(built)});
      const { pid } = await startInstallation(...${JSON.stringify([LAUNCHER, join(folder, 'own')])}, process.env);
      console.log(pid);`;
    const command = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(command.stdout, 'data')) as [Buffer];
    const launcher = Number(said.toString());
    expect(runs(launcher)).toBe(true);
    command.kill('SIGKILL');
    await expect.poll(() => runs(launcher), { timeout: 60_000, interval: 200 }).toBe(false);
  });
});
