import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generateLog } from './demo/generate-log.js';
import { journalsIn } from './import/journals.js';
import { EXIT } from './output/exit-codes.js';
import { runProgram } from './program.js';
import { selectJobs } from './swf/select-jobs.js';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-program-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...argv: string[]) {
  let stdout = '';
  let stderr = '';
  const into = (add: (text: string) => void) =>
    ({ write: (text: string) => add(text) }) as unknown as NodeJS.WriteStream;
  const exitCode = await runProgram(argv, {
    environment: {},
    streams: {
      stdout: into((text) => {
        stdout += text;
      }),
      stderr: into((text) => {
        stderr += text;
      }),
    },
    signal: new AbortController().signal,
  });
  return { exitCode, stdout, stderr };
}

describe('the command line', () => {
  it.each([
    ['--help'],
    ['submit', '--help'],
    ['import', '--help'],
    ['help', 'events'],
    ['consumer', 'skip', '--help'],
    ['log', 'verify', '--help'],
    ['projection', 'rebuild', '--help'],
    ['schedule', 'create', '--help'],
    ['webhook', 'create', '--help'],
    ['tenant', 'register', '--help'],
  ])('explains itself: %s', async (...argv) => {
    const { exitCode, stdout } = await run(...argv);
    expect(exitCode).toBe(EXIT.done);
    expect(stdout).toContain('Usage: bulkhead');
  });

  it.each([
    ['advisory', 'list'],
    ['batch', 'list'],
    ['batch', 'tasks', 'bat_1'],
    ['events', 'wl_1'],
    ['host', 'list'],
    ['image', 'list'],
    ['incident', 'list'],
    ['schedule', 'list'],
    ['schedule', 'runs', 'sch_1'],
    ['tenant', 'list'],
    ['tenant', 'credentials', 'ten_1'],
    ['webhook', 'list'],
    ['webhook', 'deliveries', 'whk_1'],
    ['workload', 'list'],
  ])('can be told to list only so many: %s %s', async (...argv) => {
    const { exitCode, stderr } = await run(...argv, '--limit', '0');
    expect([exitCode, stderr]).toEqual([EXIT.usage, expect.stringContaining('1 or more')]);
  });

  it.each(['submit', 'get', 'events', 'cancel', 'import', 'demo'])(
    'prints JSON for programs: %s',
    async (command) => {
      expect((await run(command, '--help')).stdout).toMatch(/--json\s+print one JSON value/);
    },
  );

  it('names in its help the options that cannot be left out, and no others', async () => {
    const { stdout } = await run('consumer', 'skip', '--help');
    const required = stdout.split(/\n(?= {2}-)/).filter((option) => option.includes('(required)'));
    expect(required.map((option) => option.trim().split(' ')[0])).toEqual([
      '--position',
      '--reason',
    ]);
    const { stdout: choosing } = await run('incident', 'report', '--help');
    expect(choosing.replace(/\s+/g, ' ')).toMatch(
      /--kind <kind> what it is \(choices: .*?\) \(required\)/,
    );
  });

  it.each([
    [['fly'], 'unknown command'],
    [['get'], 'missing required argument'],
    [['submit', 'x', '--cpu-millis', '1.5'], 'whole number'],
    [['submit', 'x', '--env', 'novalue'], 'name=value'],
    [['submit', 'x', '--isolation', 'none'], 'expected one of'],
    [['import', 'x', '--hostile', '200%'], 'more than 100%'],
    [['import', 'x', '--speed', '0'], 'above 0'],
    [['import', 'x', '--limit', '1', '--sample', '1'], 'cannot be used with'],
    [['get', 'wl_1', '--home', '/nowhere'], 'cannot be read'],
    [['get', 'wl_1', '--give-up-after', '-1'], 'whole number, 0 to 86400'],
    [['get', 'bat_1'], 'that is a batch, see bulkhead batch show bat_1'],
    [['events', 'sch_1'], 'that is a schedule, see bulkhead schedule show sch_1'],
    [['batch', 'show', 'wl_1'], 'that is a workload, see bulkhead get wl_1'],
    [['schedule', 'next', 'bat_1'], 'that is a batch, see bulkhead batch show bat_1'],
    [['host', 'show', 'img_1'], 'that is an image, see bulkhead image list'],
    [['webhook', 'resend', 'whk_1', 'cred_1'], 'that is a credential'],
    [['webhook', 'show', ''], 'it is empty'],
    [
      ['webhook', 'change', 'whk_1'],
      'say what is to change: --to, --type or both; --url says where',
    ],
    [['workload', 'list', '--limit', '0'], 'whole number, 1 or more'],
    [['consumer', 'skip', 'x', '--reason', 'y'], '--position'],
    [['consumer', 'skip', 'x', '--position', '0', '--reason', 'y'], 'whole number, 1 or more'],
    [['consumer', 'retry', 'x'], '--reason'],
    [['consumer', 'fly'], 'unknown command'],
    [['image', 'revoke', 'img_1'], '--reason'],
    [['image', 'register', '/nowhere'], '/nowhere cannot be read: there is no such file'],
    [['advisory', 'withdraw', 'adv_1'], '--reason'],
    [['incident', 'report', '--host', 'host_1', '--kind', 'theft'], 'expected one of'],
    [['incident', 'contain', 'inc_1'], '--note'],
    [['advisory', 'publish', '/nowhere'], '/nowhere cannot be read: there is no such file'],
    [['tenant', 'register', 'x', '--trust', 'somewhat'], 'expected one of'],
    [['tenant', 'register', ''], 'it is empty'],
    [['tenant', 'trust', 'ten_1', 'somewhat', '--reason', 'x'], 'expected one of'],
    [['tenant', 'suspend', 'ten_1'], '--reason'],
    [['tenant', 'quota', 'ten_1', '--reason', 'x'], 'say what is to change'],
    [['tenant', 'quota', 'ten_1', '--pending-workloads', 'few'], '0 or more, or none'],
    [['log', 'export'], 'missing required argument'],
    [['log', 'prove', '0'], 'whole number, 1 or more'],
    [
      ['log', 'verify', '/nowhere'],
      '/nowhere/latest.tree-head cannot be read: there is no such file',
    ],
    [['log', 'verify', ''], 'it is empty'],
    [['log', 'verify', '--from', ''], 'it is empty'],
    [['log', 'tree-head', '-o', ''], 'it is empty'],
    [
      ['log', 'verify', '--from', '/nowhere/head'],
      '/nowhere/head cannot be read: there is no such file',
    ],
    [['projection', 'rebuild'], 'projection'],
    [['projection', 'rebuild', 'x', '--wait-seconds', '0'], 'whole number, 1 or more'],
    [['import', 'x', '--client-id', 'a'], 'import acts as operator and as auditor'],
  ])('says what is wrong with %j', async (argv, sentence) => {
    const { exitCode, stdout, stderr } = await run(...argv);
    expect(exitCode).toBe(EXIT.usage);
    expect(stdout).toBe('');
    expect(stderr).toContain(sentence);
  });

  it.each([
    [
      ['batch', 'show', 'wl_1'],
      "error: 'wl_1' cannot be <batch>: that is a workload, see bulkhead get wl_1\n",
    ],
    [['webhook', 'show', ''], "error: '' cannot be <webhook>: it is empty\n"],
    [
      ['workload', 'list', '--limit', '0'],
      "error: '0' cannot be that of --limit <n>: expected a whole number, 1 or more\n",
    ],
    [
      ['submit', 'x', '--cpu-millis', '99999999999999999999'],
      "error: '99999999999999999999' cannot be that of --cpu-millis <n>: expected a whole number, 1 to 9007199254740991\n",
    ],
    [
      ['import', 'x', '--hostile', '200%'],
      "error: '200%' cannot be that of --hostile <who>: 200% is more than 100%\n",
    ],
    [
      ['submit', 'x', '--isolation', 'none'],
      "error: 'none' cannot be that of --isolation <isolation>: expected one of default, process, hyperv\n",
    ],
    [
      ['experiment', 'gravity'],
      "error: 'gravity' cannot be <names>: expected one of process-start, utility-vm-start, density, both-walls, wall-cost\n",
    ],
    [
      ['simulate', '--hosts', '0'],
      "error: '0' cannot be that of --hosts <n>: expected a whole number, 1 to 10000\n",
    ],
    [
      ['simulate', '--vs', 'walls=none'],
      "error: 'walls=none' cannot be that of --vs <setting=value...>: walls: expected policy or hyperv\n",
    ],
  ])('says once that a value is wrong, and why: %j', async (argv, line) => {
    expect((await run(...argv)).stderr).toContain(line);
  });

  it.each(['submit', 'explain', 'get', 'events', 'cancel'])(
    'knows what is done with a workload below `workload` too: %s',
    async (verb) => {
      const [short, long] = [await run(verb, '--help'), await run('workload', verb, '--help')];
      const [, ...described] = short.stdout.split('\n');
      expect(long.stdout.split('\n').slice(1)).toEqual(described);
      expect((await run('workload', '--help')).stdout).toContain(verb);
    },
  );

  it('knows the version of the package', async () => {
    const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
    const { exitCode, stdout } = await run('--version');
    expect([exitCode, stdout]).toEqual([EXIT.done, `${JSON.parse(text).version}\n`]);
  });

  it('shows no default that nobody typed, and every exit code', async () => {
    for (const command of [['submit'], ['import'], ['log', 'verify']]) {
      expect((await run(...command, '--help')).stdout).not.toMatch(/default: [{[]/);
    }
    const { stdout } = await run('--help');
    for (const code of [0, 1, 2, 3, 4, 5, 6])
      expect(stdout).toMatch(new RegExp(`^  ${code}  \\w`, 'm'));
  });

  it('says how long each command tries to reach the api: an import longer than a question', async () => {
    for (const [words, seconds] of [
      [['get'], 8],
      [['batch', 'watch'], 60],
      [['workload', 'watch'], 60],
      [['workload', 'logs'], '8, with --follow 60'],
      [['submit'], '8, with --wait 60'],
      [['log', 'prove'], 8],
      [['log', 'verify'], 30],
      [['import'], 120],
    ] as const) {
      const { stdout } = await run(...words, '--help');
      expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
        new RegExp(`--give-up-after <seconds> how long .*\\(default: ${seconds}\\)`),
      );
    }
  });

  it('answers a program with one JSON object, also when something is wrong', async () => {
    const { exitCode, stdout } = await run('get', 'wl_1', '--json', '--home', '/nowhere');
    expect(JSON.parse(stdout)).toMatchObject({ error: { name: 'CredentialsProblem', exitCode } });
  });
});

describe("the demo's log", () => {
  it('is a job log of eight users in two groups, the same for the same seed', async () => {
    const path = join(folder, 'demo.swf');
    writeFileSync(path, generateLog(120, 1));
    const users = new Map<number | null, number | null>();
    let jobs = 0;
    for await (const job of selectJobs(path, { kind: 'all' }, () => expect.unreachable())) {
      jobs += 1;
      users.set(job.user, job.group);
    }
    expect(jobs).toBe(120);
    expect(users.size).toBe(8);
    expect(new Set(users.values())).toEqual(new Set([1, 2]));
    expect(generateLog(120, 1)).toBe(generateLog(120, 1));
    expect(generateLog(120, 1)).not.toBe(generateLog(120, 2));
  });
});

describe('the journals of simulated hosts', () => {
  const host = `host_${'a'.repeat(32)}`;
  const read = async () => {
    const [journal] = journalsIn(folder);
    const entries: unknown[] = [];
    for await (const entry of journal?.entries ?? []) entries.push(entry);
    return { hostId: journal?.hostId, entries };
  };

  it('are read line by line; a last line that is still being written is left out', async () => {
    writeFileSync(join(folder, `${host}.ndjson`), '{"seq":1}\n{"seq":2}\n{"se');
    expect(await read()).toEqual({ hostId: host, entries: [{ seq: 1 }, { seq: 2 }] });
    expect(journalsIn(join(folder, 'nowhere'))).toEqual([]);
  });

  it('are refused where a line in between is broken', async () => {
    writeFileSync(join(folder, `${host}.ndjson`), '{"seq":1}\n{"se\n{"seq":3}\n');
    await expect(read()).rejects.toThrow('line 2 is no journal entry');
  });
});
