import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../../test/e2e/run-command.js';
import { generateLog } from '../demo/generate-log.js';
import { EXIT } from '../output/exit-codes.js';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-simulate-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The guide names this command and shows its charts. */
const GUIDE = '--hosts 4 --workloads 250 --vs walls=hyperv'.split(' ');
const GUIDE_CHARTS = fileURLToPath(new URL('../../../../docs/guides/simulate/', import.meta.url));
const SMALL = ['--hosts', '2', '--workloads', '40'] as const;

const run = (...argv: readonly string[]) => runCommand(['simulate', ...argv], {});

describe('bulkhead simulate', () => {
  it('tells start times, waiting, what the fleet held and who shared a kernel', async () => {
    const { exitCode, stdout, stderr } = await run(...SMALL);
    expect(exitCode).toBe(EXIT.done);
    expect(stderr).toBe('');
    for (const title of ['Start times', 'Waiting', 'What the fleet held', 'Who could have reached'])
      expect(stdout).toContain(title);
    expect(stdout).toContain('succeeded 40');
  });

  it('prints the same JSON for the same seed, and another for another', async () => {
    const first = await run(...SMALL, '--json');
    expect(await run(...SMALL, '--json')).toEqual(first);
    expect((await run(...SMALL, '--seed', '2', '--json')).stdout).not.toBe(first.stdout);
    const { settings, runs } = JSON.parse(first.stdout);
    expect(settings).toMatchObject({ hosts: 2, workloads: 40, walls: 'policy', seed: 1 });
    expect(runs).toHaveLength(1);
    expect(runs[0].report).toMatchObject({ workloads: 40, unfinished: 0 });
  });

  it('puts two settings side by side, which differ in nothing else', async () => {
    const both = await run(...SMALL, '--vs', 'walls=hyperv', 'load=80', '--json');
    const { runs } = JSON.parse(both.stdout);
    expect(runs.map(({ name }: { name: string }) => name)).toEqual([
      'walls=policy load=50',
      'walls=hyperv load=80',
    ]);
    expect(runs[1].report.isolations).toEqual({ hyperv: 40 });
    const alone = await run(...SMALL, '--walls', 'hyperv', '--load', '80', '--json');
    expect(JSON.parse(alone.stdout).runs[0].report).toEqual(runs[1].report);
  });

  it('runs a job log in the Standard Workload Format', async () => {
    const file = join(folder, 'jobs.swf');
    writeFileSync(file, generateLog(60, 1));
    const log = ['--log', file, '--trusted-group', '2', '--hostile-users', '25%', '--json'];
    const { exitCode, stdout } = await run(...log, '--hosts', '3');
    expect(exitCode).toBe(EXIT.done);
    const { report } = JSON.parse(stdout).runs[0];
    expect(report).toMatchObject({ workloads: 60, unfinished: 0, outcomes: { succeeded: 60 } });
    expect(report.reasons).toHaveProperty('tenant-hostile');
  });

  it.each([
    [['--walls', 'thin'], '--walls <policy|hyperv>: expected policy or hyperv'],
    [['--hosts', '0'], '--hosts <n>: expected a whole number, 1 to 10000'],
    [['--vs', 'colour=red'], 'expected SETTING=VALUE'],
    [['--log', 'nowhere.swf'], 'nowhere.swf'],
    [['--log', 'any.swf', '--workloads', '5'], '--log says what --workloads would'],
    [['--log', 'any.swf', '--vs', 'load=5'], '--log says what load would'],
    [['--trusted', '80', '--hostile', '50'], '80 percent trusted and 50 percent hostile tenants'],
    [['--trusted', '60', '--vs', 'hostile=41'], 'come to 101 percent'],
    [['--vs', 'seed=1'], '--vs seed=1 changes nothing'],
    [['--vs', 'walls=policy', 'load=50'], '--vs walls=policy load=50 changes nothing'],
    [['--vs', 'load=60', 'load=70'], '--vs says load twice'],
  ])('refuses %j and says why', async (argv, sentence) => {
    const { exitCode, stdout, stderr } = await run(...argv);
    expect([exitCode, stdout]).toEqual([EXIT.usage, '']);
    expect(stderr).toContain(sentence);
  });

  it('tells how far the load was reached while workloads arrived, without the time after the last', async () => {
    const words = ['--hosts', '2', '--workloads', '1500', '--load', '40', '--trusted', '100'];
    const only = ['--hostile', '0', '--images', 'nanoserver'];
    const { stdout } = await run(...words, ...only, '--json');
    const { memory } = JSON.parse(stdout).runs[0].report;
    const reached = (100 * memory.meanReservedWhileArrivingMiB) / memory.fleetMiB;
    expect(reached).toBeGreaterThan(34);
    expect(reached).toBeLessThan(46);
    expect(memory.meanReservedWhileArrivingMiB).toBeGreaterThan(memory.meanReservedMiB);
    expect((await run(...words, ...only)).stdout).toMatch(
      new RegExp(`while workloads arrived, GiB +│ .*\\(${Math.round(reached)} %\\)`),
    );
  });

  it('refuses a log with a job that no host could ever hold, and says what would do', async () => {
    const file = join(folder, 'jobs.swf');
    writeFileSync(file, generateLog(60, 1));
    const { exitCode, stderr } = await run('--log', file, '--host-cpus', '8');
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toContain('--host-cpus 17');
  });

  it.each([
    ['a file in the way', 'taken', 'is no folder'],
    ['a file on the way', 'taken/charts', 'what should be its folder is a file'],
    [
      'a folder of the system in which nothing can be made',
      '/proc/charts/of/mine',
      'nothing can be made in it',
    ],
  ])('says before it begins that charts cannot be written: %s', async (_, path, sentence) => {
    writeFileSync(join(folder, 'taken'), '');
    const where = resolve(folder, path);
    for (const command of [
      ['simulate', ...SMALL],
      ['experiment', 'process-start'],
    ]) {
      const { exitCode, stdout, stderr } = await runCommand([...command, '--charts', where], {});
      expect([exitCode, stdout]).toEqual([EXIT.unwritable, '']);
      expect(stderr).toContain(sentence);
    }
  });

  it('tells what came of the run also where a chart cannot be written', async () => {
    const charts = join(folder, 'hindered');
    mkdirSync(join(charts, 'waiting.svg'), { recursive: true });
    const { exitCode, stdout, stderr } = await run(...SMALL, '--json', '--charts', charts);
    expect(JSON.parse(stdout).runs).toHaveLength(1);
    expect([exitCode, stderr]).toEqual([
      EXIT.unwritable,
      expect.stringContaining('a folder of that name is there'),
    ]);
  });

  it('makes the folder of charts with those above it, and leaves nothing else there', async () => {
    const charts = join(folder, 'a', 'b');
    const { stdout } = await run(...SMALL, '--charts', charts);
    expect(stdout).toContain(`Charts are in ${charts}.`);
    expect(readdirSync(charts).every((name) => name.endsWith('.svg'))).toBe(true);
  });

  it('says beside the times of those that got a place how many never got one', async () => {
    const charts = join(folder, 'never');
    const small = [
      '--hosts',
      '1',
      '--host-cpus',
      '1',
      '--host-memory-gib',
      '1',
      '--workloads',
      '30',
    ];
    const { stdout } = await run(...small, '--charts', charts);
    const [, never] = /never placed, and not in these times\W+(\d+)/.exec(stdout) ?? [];
    expect(Number(never)).toBeGreaterThan(0);
    const drawn = readFileSync(join(charts, 'waiting.svg'), 'utf8');
    expect(drawn).toContain(`${never} of 30 never got a place`);
    await run(...SMALL, '--charts', charts);
    expect(readFileSync(join(charts, 'waiting.svg'), 'utf8')).not.toContain('never got a place');
  });

  it('draws what there is of memory only where both fleets have the same', async () => {
    const drawn = async (change: string) => {
      const charts = join(folder, change);
      await run(...SMALL, '--vs', change, '--charts', charts);
      return readFileSync(join(charts, 'memory.svg'), 'utf8');
    };
    expect(await drawn('load=80')).toContain('all that there is');
    expect(await drawn('hosts=3')).not.toContain('all that there is');
  });

  it('draws the charts of the guide as they stand there', async () => {
    const charts =
      process.env['UPDATE_CHARTS'] === undefined ? join(folder, 'guide') : GUIDE_CHARTS;
    expect((await run(...GUIDE, '--charts', charts)).exitCode).toBe(EXIT.done);
    const names = readdirSync(charts).sort();
    const figures = ['exposure.svg', 'memory.svg', 'start-times.svg', 'waiting.svg'];
    expect(names).toEqual(['density.svg', ...figures]);
    for (const name of names) {
      const drawn = readFileSync(join(charts, name), 'utf8');
      expect(drawn, name).toBe(readFileSync(join(GUIDE_CHARTS, name), 'utf8'));
    }
  });
});
