import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../test/e2e/run-command.js';
import { generateLog } from './demo/generate-log.js';
import { type Installation, makeTemporaryHome, startInstallation } from './demo/installation.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const CLI = at('../../../dist/apps/cli/src/main.js');
const LAUNCHER = at('../../../dist/apps/launcher/src/main.js');
const START_TIMEOUT_MS = 120_000;
const COMMAND_TIMEOUT_MS = 60_000;
const SOON = { timeout: 20_000, interval: 200 };
const IMAGE = 'mcr.microsoft.com/windows/nanoserver:ltsc2022';

const home = makeTemporaryHome();
let installation: Installation;

const bulkhead = (...words: string[]) => runCommand(words, { BULKHEAD_HOME: home.path });

/** The same by the program that was built, in a process of its own. */
function builtBulkhead(...words: string[]) {
  return new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
    const options = { timeout: COMMAND_TIMEOUT_MS, env: { BULKHEAD_HOME: home.path } };
    execFile(process.execPath, [CLI, ...words], options, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const GROUPS = new Set(['host', 'audit']);
const json = async (command: string, ...words: string[]) => {
  const [first = '', ...others] = words;
  const argv = GROUPS.has(command)
    ? [command, first, '--json', ...others]
    : [command, '--json', ...words];
  return JSON.parse((await bulkhead(...argv)).stdout);
};

beforeAll(async () => {
  installation = await startInstallation(LAUNCHER, home.path, process.env);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await installation?.stop();
  home.remove();
}, START_TIMEOUT_MS);

describe('a tenant at the command line', () => {
  it('submits a workload, waits for its end, and reads what happened', async () => {
    const ended = await json('submit', IMAGE, '--duration-ms', '50', '--wait', '--', 'cmd', '/c');
    expect(ended).toMatchObject({ status: 'succeeded', exitCode: 0 });
    expect(await json('get', ended.id)).toEqual(ended);
    const events: { type: string }[] = await json('events', ended.id);
    expect(events[0]?.type).toBe('WorkloadSubmitted');
    expect(events.at(-1)?.type).toBe('WorkloadSucceeded');
    const forPeople = await builtBulkhead('events', ended.id);
    expect(forPeople).toEqual(await bulkhead('events', ended.id));
    expect(forPeople.stdout).toContain('ComputeSystemStarted');
    expect(forPeople.stdout).toMatch(/IsolationDecided .*isolation=\w+ rules=\S+/);
    expect(forPeople.stdout).toMatch(/WorkloadPlaced .*isolation=\w+ host=\S+/);
    expect(forPeople.stdout).not.toContain('\u001b[');
  }, 60_000);

  it('tells a script by the exit code that a workload did not succeed, and a person why', async () => {
    const words = [IMAGE, '--duration-ms', '10', '--exit-code', '3', '--wait'];
    const failed = await builtBulkhead('submit', ...words);
    expect(failed.exitCode).toBe(5);
    expect(failed.stdout).toMatch(/attempt 1 .*, exit code 3/);
  }, 60_000);

  it('reads what a workload wrote, and follows one until it has ended', async () => {
    const file = join(home.path, 'talks.json');
    const resources = { cpuMillis: 250, memoryMiB: 128 };
    const simulation = { durationMs: 2_500, exitCode: 0, stdout: 'one\ntwo\nthree' };
    const tasks = {
      name: 'talks',
      taskDefaults: { image: IMAGE, resources, simulation },
      count: 1,
    };
    writeFileSync(file, JSON.stringify(tasks));
    const batch = JSON.parse((await bulkhead('batch', 'submit', file, '--json')).stdout);
    const list = ['batch', 'tasks', batch.id, '--json'];
    const workload = async () => JSON.parse((await bulkhead(...list)).stdout)[0]?.workloadId;
    await expect.poll(workload, SOON).toMatch(/^wl_/);
    const id: string = await workload();
    const followed = await builtBulkhead('workload', 'logs', id, '--follow');
    expect(followed).toEqual({ exitCode: 0, stdout: 'one\ntwo\nthree', stderr: '' });
    expect(await bulkhead('workload', 'logs', id)).toMatchObject({ stdout: 'one\ntwo\nthree' });
    expect((await bulkhead('workload', 'logs', id, '--stream', 'stderr')).stdout).toBe('');
    const lines = (await bulkhead('workload', 'logs', id, '--json')).stdout.trimEnd().split('\n');
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({
      offset: 2,
      stream: 'stdout',
      text: 'three',
    });
    const nobodys = `wl_${'0'.repeat(32)}`;
    expect((await bulkhead('workload', 'logs', nobodys, '--follow')).exitCode).toBe(3);
  }, 60_000);

  it('cancels a workload, and again', async () => {
    const { id } = await json('submit', IMAGE, '--duration-ms', '600000');
    const cancelled = await bulkhead('cancel', id, '--reason', 'no longer needed');
    expect(cancelled).toMatchObject({ exitCode: 0, stderr: '' });
    expect(cancelled.stdout).toContain(id);
    expect((await bulkhead('cancel', id)).exitCode).toBe(0);
  });

  it('never submits twice under one key', async () => {
    const words = [IMAGE, '--duration-ms', '1', '--idempotency-key', 'once'];
    const [first, second] = [await json('submit', ...words), await json('submit', ...words)];
    expect(second.id).toBe(first.id);
  });

  it('learns why the rules refuse a workload', async () => {
    const refused = await bulkhead('submit', IMAGE, '--isolation', 'process', '--strict');
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('ISOLATION_REFUSED (422)');
    expect(refused.stderr).toMatch(/tenant-hostile: .*\n {2}It is recorded as wl_/);
  });

  it('watches a batch that waits for another to its end, and reads what came of it', async () => {
    const submitted = async (exitCode: number, terms: object) => {
      const file = join(home.path, 'watched.json');
      const resources = { cpuMillis: 250, memoryMiB: 128 };
      const simulation = { durationMs: 200, exitCode };
      const taskDefaults = { image: IMAGE, resources, simulation };
      writeFileSync(file, JSON.stringify({ name: 'watched', taskDefaults, count: 2, ...terms }));
      return JSON.parse((await bulkhead('batch', 'submit', file, '--json')).stdout).id;
    };
    const first = await submitted(0, { deadlineSeconds: 600 });
    const second = await submitted(3, { after: [first], maxParallel: 1 });
    const watched = await builtBulkhead('batch', 'watch', second);
    expect(watched.exitCode).toBe(5);
    expect(watched.stdout).toMatch(/ {2}waiting {2}0 of 2 .*\n.* {2}BatchPredecessorsSucceeded\n/);
    expect(watched.stdout).toMatch(/ {2}1 of 2 \(50 %\) {2}1 failed .*done in about/);
    expect((await bulkhead('batch', 'watch', first)).exitCode).toBe(0);
    const result = JSON.parse((await bulkhead('batch', 'summary', second, '--json')).stdout);
    expect(result).toMatchObject({
      ...{ isFinal: true, status: 'failed', statuses: { failed: 2 } },
      exitCodes: [{ exitCode: 3, tasks: 2 }],
    });
    expect(result.ranMs.min).toBeGreaterThanOrEqual(200);
  }, 60_000);

  it('submits a batch, follows its tasks, and pauses, resumes and cancels it', async () => {
    const file = join(home.path, 'batch.json');
    const resources = { cpuMillis: 250, memoryMiB: 128 };
    const simulation = { durationMs: 600_000, exitCode: 0 };
    const taskDefaults = { image: IMAGE, resources, simulation };
    writeFileSync(file, JSON.stringify({ name: 'slow', taskDefaults, count: 3, maxParallel: 1 }));
    const batch = async (...words: string[]) =>
      JSON.parse((await bulkhead('batch', ...words, '--json')).stdout);
    const { id } = await batch('submit', file);
    expect((await batch('pause', id, '--reason', 'a look first')).status).toBe('paused');
    expect((await batch('resume', id)).status).toBe('running');
    const ids = async () => (await batch('list')).map((one: { id: string }) => one.id);
    await expect.poll(ids, SOON).toContain(id);
    const tasks = await bulkhead('batch', 'tasks', id);
    expect(tasks.stdout.trimEnd().split('\n')).toHaveLength(3);
    expect((await batch('cancel', id)).status).toBe('cancelling');
    await expect.poll(async () => (await batch('show', id)).status, SOON).toBe('cancelled');
    const skipped: { index: number }[] = await batch('tasks', id, '--outcome', 'skipped');
    expect(skipped.length).toBeGreaterThanOrEqual(2);
    const again = await batch('retry-failed', id);
    expect(again).toMatchObject({ status: 'running', taskCount: 3, retryOf: id });
    expect((await bulkhead('batch', 'show', id)).stdout).toContain(`retried by ${again.id}`);
    await batch('cancel', again.id);
  }, 60_000);

  it('creates a schedule, pauses, resumes and deletes it, and shows what came of it', async () => {
    const file = join(home.path, 'schedule.json');
    const taskDefaults = { image: IMAGE, resources: { cpuMillis: 250, memoryMiB: 128 } };
    const batch = { name: 'yearly', taskDefaults, count: 1 };
    writeFileSync(file, JSON.stringify({ name: 'new year', cron: '@yearly', batch }));
    const schedule = async (...words: string[]) =>
      JSON.parse((await bulkhead('schedule', ...words, '--json')).stdout);
    const { id } = await schedule('create', file);
    expect((await schedule('pause', id, '--reason', 'a look first')).status).toBe('paused');
    expect((await schedule('resume', id)).nextAt).toMatch(/-01-01T00:00:00.000Z$/);
    writeFileSync(file, JSON.stringify({ cron: '@monthly', overlap: 'replace' }));
    expect(await schedule('change', id, file)).toMatchObject({ cron: '@monthly', taskCount: 1 });
    const ids = async () => (await schedule('list')).map((one: { id: string }) => one.id);
    await expect.poll(ids, SOON).toEqual([id]);
    expect((await bulkhead('schedule', 'show', id)).stdout).toContain('@monthly (UTC)');
    expect((await bulkhead('schedule', 'runs', id)).stdout).toBe('nothing was planned yet\n');
    expect((await schedule('delete', id)).status).toBe('deleted');
    await expect.poll(ids, SOON).toEqual([]);
  }, 60_000);

  it('creates a webhook, changes and tests it, rotates its secret and deletes it', async () => {
    const webhook = async (...words: string[]) =>
      JSON.parse((await bulkhead('webhook', ...words, '--json')).stdout);
    const url = 'https://127.0.0.1/never';
    const { id, secret } = await webhook('create', url, '--type', 'batch.failed');
    expect(secret).toMatch(/^whsec_/);
    const types = ['batch.failed', 'workload.failed'];
    const changed = await webhook('change', id, '--type', ...types);
    expect(changed).toMatchObject({ url, messageTypes: types });
    const rotated = await bulkhead('webhook', 'rotate-secret', id, '--overlap-seconds', '60');
    expect(rotated.stdout).toContain('(shown this once)');
    expect((await webhook('list')).map((one: { id: string }) => one.id)).toEqual([id]);
    const { messageId } = await webhook('test', id);
    const refused = { messageId, outcome: 'given-up', lastFailure: 'address-refused' };
    await expect
      .poll(() => webhook('deliveries', id), SOON)
      .toEqual([expect.objectContaining(refused)]);
    const shown = (await bulkhead('webhook', 'show', id)).stdout;
    expect(shown).toContain(`enabled  ${url}`);
    expect(shown).not.toContain('whsec_');
    expect((await webhook('enable', id)).status).toBe('enabled');
    expect((await bulkhead('webhook', 'delete', id)).stdout).toBe(`${id} is deleted\n`);
    expect((await bulkhead('webhook', 'show', id)).stderr).toContain('WEBHOOK_NOT_FOUND (404)');
  }, 60_000);

  it("cannot tell another tenant's workload from none", async () => {
    const { id } = await json('submit', IMAGE, '--duration-ms', '1');
    const tenants = JSON.parse(readFileSync(join(home.path, 'credentials.json'), 'utf8')).tenants;
    const others = await bulkhead('get', id, '--as', tenants[1].name);
    const missing = await bulkhead('get', `wl_${'0'.repeat(32)}`, '--as', tenants[1].name);
    expect(others).toEqual({ exitCode: 3, stdout: '', stderr: missing.stderr });
    expect(others.stderr).toContain('WORKLOAD_NOT_FOUND (404)');
    expect(others.stderr).toContain(`(asked as ${tenants[1].name})`);
  });

  it('learns that the secret is wrong', async () => {
    const { tenants } = JSON.parse(readFileSync(join(home.path, 'credentials.json'), 'utf8'));
    const client = ['--client-id', tenants[0].clientId, '--client-secret', 'wrong'];
    const refused = await bulkhead('get', `wl_${'0'.repeat(32)}`, ...client);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('invalid_client (401): The client is unknown');
  });

  it('sees each wrong field', async () => {
    const wrong = await bulkhead('submit', '!', '--priority', '101', '--memory-mib', '99999999');
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stderr).toMatch(/\/image: .*\n.*\/resources\/memoryMiB: .*\n.*\/priority: /);
  });
});

describe('an answer that cannot be written', () => {
  it('is told in a sentence, with an exit code of its own', async () => {
    const { exitCode, stderr } = await new Promise<{ exitCode: unknown; stderr: string }>(
      (done) => {
        const words = ['-c', '"$0" "$1" --help > /dev/full', process.execPath, CLI];
        execFile('/bin/sh', words, { timeout: COMMAND_TIMEOUT_MS }, (error, _, stderr) =>
          done({ exitCode: error?.code, stderr }),
        );
      },
    );
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/^The answer could not be written: ENOSPC.*\n$/);
  });
});

describe('an operator at the command line', () => {
  it('has a read model made anew, and waits until readers see it', async () => {
    const list = (): Promise<{ name: string; live: { generation: number } }[]> =>
      bulkhead('projection', 'list', '--json').then(({ stdout }) => JSON.parse(stdout));
    const generation = async () =>
      (await list()).find(({ name }) => name === 'hosts')?.live.generation ?? 0;
    const before = await generation();
    const rebuilt = await bulkhead('projection', 'rebuild', 'hosts', '--reason', 'tried');
    expect(rebuilt).toMatchObject({ exitCode: 0, stderr: '' });
    expect(rebuilt.stdout).toMatch(/^hosts {2}generation \d+ of version \d+, up to position \d+/);
    expect(await generation()).toBeGreaterThan(before);
  }, 60_000);

  it('sees what follows the log, and cannot have a consumer skip anything while it works', async () => {
    const listed = await bulkhead('consumer', 'list');
    expect(listed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(listed.stdout).toMatch(/^dispatch +working +position \d+/m);
    const { stdout } = await bulkhead('consumer', 'list', '--json');
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ name: 'dispatch', status: 'working', trouble: null }),
    );
    const words = ['--position', '1', '--reason', 'tried'];
    const asked = await bulkhead('consumer', 'skip', 'dispatch', ...words);
    expect(asked.exitCode).toBe(2);
    expect(asked.stderr).toContain('dispatch is not stopped (working)');
    const refused = await bulkhead('consumer', 'skip', 'dispatch', ...words, '--yes');
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain(
      'CONSUMER_NOT_STOPPED (409): Consumer dispatch is not stopped',
    );
  }, 60_000);

  it('sees the queues of jobs, and has nothing tried again where nothing has failed', async () => {
    const queues = () => bulkhead('queue', 'list').then(({ stdout }) => stdout);
    await expect.poll(queues, SOON).toMatch(/^stops +working +\d+ waiting.*in postgres$/m);
    const { stdout } = await bulkhead('queue', 'show', 'starts', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'starts', failures: [] });
    const refused = await bulkhead('queue', 'retry', 'starts', '--reason', 'tried');
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('QUEUE_WITHOUT_FAILURES (409)');
    expect((await bulkhead('queue', '--help')).stdout).toContain('failed for good');
  }, 60_000);

  it('keeps the catalogue: registers an image, sees it in the list, and revokes it', async () => {
    const file = join(home.path, 'image.json');
    const layers = [{ digest: 'sha256:aa', compressedMiB: 1, unpackedMiB: 2 }];
    const of = { os: 'linux', architecture: 'amd64', base: 'linux', publisher: 'me', layers };
    writeFileSync(file, JSON.stringify({ reference: 'example.org/mine:1', ...of }));
    const registered = await bulkhead('image', 'register', file, '--json');
    const { id } = JSON.parse(registered.stdout);
    expect((await bulkhead('image', 'list')).stdout).toContain(`${id}  example.org/mine:1`);
    const revoked = await bulkhead('image', 'revoke', id, '--reason', 'tried');
    expect(revoked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(revoked.stdout).toMatch(/2 MiB in 1 layer; revoked\n$/);
    const { stderr } = await bulkhead('image', 'revoke', 'img_1', '--reason', 'tried');
    expect(stderr).toContain('IMAGE_NOT_FOUND (404)');
  }, 60_000);

  it('publishes an advisory, which raises what is submitted, and withdraws it', async () => {
    const file = join(home.path, 'advisory.json');
    const builds = [20348, 26100].map((build) => ({ build, fixedRevision: null }));
    const told = { title: 'a way out', reference: 'CVE-2026-70270', wall: 'shared-kernel' };
    writeFileSync(file, JSON.stringify({ ...told, builds }));
    const published = await bulkhead('advisory', 'publish', file, '--json');
    const { id } = JSON.parse(published.stdout);
    expect((await bulkhead('advisory', 'list')).stdout).toContain(`${id}  CVE-2026-70270`);
    const words = [IMAGE, '--as', 'Harbour Works', '--duration-ms', '50', '--wait'];
    const raised = await json('submit', ...words);
    expect(raised).toMatchObject({ status: 'succeeded', decision: { isolation: 'hyperv' } });
    const rules = raised.decision.reasons.map(({ rule }: { rule: string }) => rule);
    expect(rules).toContain('open-advisory');
    const withdrawn = await bulkhead('advisory', 'withdraw', id, '--reason', 'tried');
    expect(withdrawn).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await bulkhead('advisory', 'show', id)).stdout).toMatch(/withdrawn .*: tried; breaks/);
  }, 60_000);

  it('lists incidents, and says so where the host of one is not known', async () => {
    expect((await bulkhead('incident', 'list')).stdout).toBe('no incident was reported\n');
    const words = ['--host', `host_${'0'.repeat(32)}`, '--kind', 'other', '--note', 'seen'];
    const refused = await bulkhead('incident', 'report', ...words);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('HOST_NOT_FOUND (404)');
  }, 60_000);

  it('looks at hosts, and does nothing to one that cannot be undone without --yes', async () => {
    const hosts: { id: string; name: string }[] = await json('host', 'list');
    const [first] = hosts;
    if (first === undefined) throw new Error('a first start registers hosts');
    expect((await bulkhead('host', 'list')).stdout).toContain(`${first.id}  up`);
    const cordoned = await bulkhead('host', 'cordon', first.id, '--reason', 'a fan');
    expect(cordoned.stdout).toContain('  cordoned: a fan');
    const found = async () =>
      (await json('host', 'list', '--cordoned')).map(({ id }: { id: string }) => id);
    await expect.poll(found, SOON).toEqual([first.id]);
    const warned = await bulkhead('host', 'fence', first.id, '--reason', 'off');
    expect([warned.exitCode, warned.stderr]).toEqual([2, expect.stringContaining('give --yes')]);
    expect((await bulkhead('host', 'show', first.id)).stdout).toContain(`${first.id}  up`);
    const open = await json('host', 'uncordon', first.id, '--reason', 'mended');
    expect(open).toMatchObject({ id: first.id, cordoned: false });
    const templates = await bulkhead('host', 'templates', first.id);
    expect(templates).toMatchObject({ exitCode: 0, stderr: '' });
  }, 60_000);

  it('has the auditor decide a workload again, whose wall comes out the same', async () => {
    const { id } = await json('submit', IMAGE, '--as', 'Night Market');
    const { exitCode, stdout } = await bulkhead('audit', 'decisions', id);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('at submission: isolation hyperv');
    expect(stdout).toContain('tenant-hostile: the tenant is hostile');
    expect(stdout).toContain('decided again from its inputs: the same');
    expect(await json('audit', 'decisions', id)).toMatchObject({ workloadId: id, same: true });
  }, 60_000);

  it('imports a log, and the same log again into the same installation', async () => {
    const log = join(home.path, 'small.swf');
    writeFileSync(log, `${generateLog(20, 3)}no job\n21 5\n`);
    const words = [log, '--at-once', '--speed', '10000', '--hosts', '2'];
    const choices = ['--trusted-group', '2', '--hostile', '25%', '--cordon-others'];
    expect(await json('import', ...words, ...choices)).toMatchObject({
      jobs: { selected: 20, malformedLines: 2, accepted: 20, unfinished: 0 },
      outcomes: { succeeded: 20 },
      check: { violations: 0 },
      hostsKept: false,
    });
    const again = await bulkhead('import', ...words, ...choices);
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toMatch(/succeeded │ +20 │/);
    expect(again.stdout).toContain('2 registered by this import; cordoned at its end');
    expect(again.stdout).toContain('Line 25 is skipped: 2 fields instead of 18.');
    expect(again.stdout).toContain('The check of the log found nothing');
  }, 120_000);
});
