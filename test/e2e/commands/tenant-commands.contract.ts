import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, COMMAND_TIMEOUT_MS, type CommandLine, IMAGE, SOON } from './command-line.contract.js';

/** What a tenant does at the command line, wherever the queues of the installation are. */
export function describeTenantCommands({ bulkhead, built, json, home }: CommandLine): void {
  describe('a tenant at the command line', () => {
    it('submits a workload, waits for its end, and reads what happened', async () => {
      const ended = await json('submit', IMAGE, '--duration-ms', '50', '--wait', '--', 'cmd', '/c');
      expect(ended).toMatchObject({ status: 'succeeded', exitCode: 0 });
      expect(await json('get', ended.id)).toEqual(ended);
      const events: { type: string }[] = await json('events', ended.id);
      expect(events[0]?.type).toBe('WorkloadSubmitted');
      expect(events.at(-1)?.type).toBe('WorkloadSucceeded');
      const forPeople = await built('events', ended.id);
      expect(forPeople).toEqual(await bulkhead('events', ended.id));
      expect(forPeople.stdout).toContain('ComputeSystemStarted');
      expect(forPeople.stdout).toMatch(/IsolationDecided .*isolation=\w+ rules=\S+/);
      expect(forPeople.stdout).toMatch(/WorkloadPlaced .*isolation=\w+ host=\S+/);
      expect(forPeople.stdout).not.toContain('\u001b[');
    }, 60_000);

    it('tells a script by the exit code that a workload did not succeed, and a person why', async () => {
      const words = [IMAGE, '--duration-ms', '10', '--exit-code', '3', '--wait'];
      const failed = await built('submit', ...words);
      expect(failed.exitCode).toBe(5);
      expect(failed.stdout).toMatch(/attempt 1 .*, exit code 3/);
    }, 60_000);

    it('reads what a workload wrote, and follows one until it has ended', async () => {
      const file = join(home, 'talks.json');
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
      const followed = await built('workload', 'logs', id, '--follow');
      expect(followed).toEqual({ exitCode: 0, stdout: 'one\ntwo\nthree', stderr: '' });
      expect(await bulkhead('workload', 'logs', id)).toMatchObject({ stdout: 'one\ntwo\nthree' });
      expect((await bulkhead('workload', 'logs', id, '--stream', 'stderr')).stdout).toBe('');
      const lines = (await bulkhead('workload', 'logs', id, '--json')).stdout.trimEnd().split('\n');
      expect(JSON.parse(lines[2] ?? '')).toMatchObject({
        offset: 2,
        stream: 'stdout',
        text: 'three',
      });
      const second = await bulkhead('workload', 'logs', id, '--attempt', '2');
      expect(second.stderr).toBe(`there is no attempt 2 of ${id}: it has had 1\n`);
      expect(await json('events', id, '--limit', '1')).toHaveLength(1);
      const nobodys = `wl_${'0'.repeat(32)}`;
      expect((await bulkhead('workload', 'logs', nobodys, '--follow')).exitCode).toBe(3);
    }, 60_000);

    it('finds workloads by their labels, those of a batch too once they are under way', async () => {
      const file = join(home, 'labelled.json');
      const resources = { cpuMillis: 250, memoryMiB: 128 };
      const simulation = { durationMs: 10, exitCode: 0 };
      const labels = { team: 'finance', kind: 'report' };
      const taskDefaults = { image: IMAGE, resources, simulation, labels };
      writeFileSync(file, JSON.stringify({ name: 'labelled', taskDefaults, count: 2 }));
      await bulkhead('batch', 'submit', file);
      const { id } = await json('submit', IMAGE, '--duration-ms', '1', '--label', 'team=finance');
      const listed = async (...more: string[]): Promise<{ id: string }[]> =>
        JSON.parse((await bulkhead('workload', 'list', '--json', ...more)).stdout);
      const ofTeam = () => listed('--label', 'team=finance');
      await expect.poll(async () => (await ofTeam()).length, SOON).toBe(3);
      expect(await listed('--label', 'team=finance', '--limit', '2')).toHaveLength(2);
      const reports = await listed('--label', 'team=finance', '--label', 'kind=report');
      expect(reports).toHaveLength(2);
      expect(reports.map((one) => one.id)).not.toContain(id);
      const nobodys = await bulkhead('workload', 'list', '--label', 'team=nobody');
      expect(nobodys.stdout).toBe('no workload matches\n');
      expect((await bulkhead('workload', 'list', '--label', 'team')).exitCode).toBe(2);
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

    it('is told that what is shown was answered before, where a key was used before', async () => {
      const taskDefaults = { image: IMAGE, resources: { cpuMillis: 250, memoryMiB: 128 } };
      const batch = { name: 'keyed', taskDefaults, count: 1 };
      const [batchFile, scheduleFile] = [join(home, 'keyed.json'), join(home, 'yearly.json')];
      writeFileSync(batchFile, JSON.stringify(batch));
      writeFileSync(scheduleFile, JSON.stringify({ name: 'keyed', cron: '@yearly', batch }));
      const ways = [
        ['bulkhead get', 'submit', IMAGE, '--duration-ms', '1'],
        ['bulkhead batch show', 'batch', 'submit', batchFile],
        ['bulkhead schedule show', 'schedule', 'create', scheduleFile],
      ];
      const ids: string[] = [];
      for (const [shows, ...words] of ways) {
        const keyed = [...words, '--idempotency-key', 'told', '--json'];
        const [first, again] = [await bulkhead(...keyed), await bulkhead(...keyed)];
        expect(first).toMatchObject({ exitCode: 0, stderr: '' });
        const answered = JSON.parse(first.stdout);
        const told = `this key was used before: what follows was answered then, ${shows} ${answered.id} shows how it is now\n`;
        expect(again).toMatchObject({ exitCode: 0, stderr: told });
        expect(JSON.parse(again.stdout)).toEqual(answered);
        ids.push(answered.id);
      }
      expect((await bulkhead('schedule', 'delete', ids.at(-1) ?? '')).exitCode).toBe(0);
    }, 60_000);

    it('learns why the rules refuse a workload', async () => {
      const refused = await bulkhead('submit', IMAGE, '--isolation', 'process', '--strict');
      expect(refused.exitCode).toBe(3);
      expect(refused.stderr).toContain('ISOLATION_REFUSED (422)');
      expect(refused.stderr).toMatch(/tenant-hostile: .*\n {2}It is recorded as wl_/);
    });

    it('watches a batch that waits for another to its end, and reads what came of it', async () => {
      const submitted = async (exitCode: number, terms: object) => {
        const file = join(home, 'watched.json');
        const resources = { cpuMillis: 250, memoryMiB: 128 };
        const simulation = { durationMs: 200, exitCode };
        const taskDefaults = { image: IMAGE, resources, simulation };
        writeFileSync(file, JSON.stringify({ name: 'watched', taskDefaults, count: 2, ...terms }));
        return JSON.parse((await bulkhead('batch', 'submit', file, '--json')).stdout).id;
      };
      const first = await submitted(0, { deadlineSeconds: 600 });
      const second = await submitted(3, { after: [first], maxParallel: 1 });
      const watched = await built('batch', 'watch', second);
      expect(watched.exitCode).toBe(5);
      expect(watched.stdout).toMatch(
        / {2}waiting {2}0 of 2 .*\n.* {2}BatchPredecessorsSucceeded\n/,
      );
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
      const file = join(home, 'batch.json');
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

    it('shows what the tenant may hold, and what of it is used', async () => {
      const { stdout, stderr } = await bulkhead('quota');
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^ {2}workloads that hold a place {4}\d+ of \d+$/m);
      const long = await bulkhead('workload', 'get', 'wl_1');
      expect(long.stderr).toContain('WORKLOAD_NOT_FOUND');
    }, 60_000);

    it('creates a schedule, pauses, resumes and deletes it, and shows what came of it', async () => {
      const file = join(home, 'schedule.json');
      const taskDefaults = { image: IMAGE, resources: { cpuMillis: 250, memoryMiB: 128 } };
      const batch = { name: 'yearly', taskDefaults, count: 1 };
      writeFileSync(file, JSON.stringify({ name: 'new year', cron: '@yearly', batch }));
      const schedule = async (...words: string[]) =>
        JSON.parse((await bulkhead('schedule', ...words, '--json')).stdout);
      const { id } = await schedule('create', file);
      expect((await schedule('pause', id, '--reason', 'a look first')).status).toBe('paused');
      expect((await schedule('resume', id)).nextAt).toMatch(/-01-01T00:00:00.000Z$/);
      expect((await schedule('next', id, '--count', '2')).items).toHaveLength(2);
      const zone = ['--time-zone', 'Europe/Berlin', '--after', '2026-06-01T00:00:00Z'];
      const preview = await bulkhead('schedule', 'preview', '30 2 * * *', ...zone, '--count', '1');
      expect(preview.stdout).toBe('2026-06-01T00:30:00.000Z  Mon 2026-06-01 02:30 Europe/Berlin\n');
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
      const once = ['create', url, '--type', 'batch.failed', '--idempotency-key', 'a webhook'];
      const { id, secret, warnings } = await webhook(...once);
      expect(secret).toMatch(/^whsec_/);
      expect(warnings).toMatchObject([{ failure: 'address-refused' }]);
      const repeated = await bulkhead('webhook', ...once);
      expect(repeated.stderr).toMatch(new RegExp(`WEBHOOK_ALREADY_CREATED.*\n {2}It is ${id}\\.`));
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
      expect(shown).toContain('warning    address-refused: ');
      const delivery = async () => (await webhook('deliveries', id))[0];
      const { lastTriedAt } = await delivery();
      await webhook('resend', id, messageId);
      const again = { ...refused, lastTriedAt: expect.not.stringMatching(lastTriedAt), tries: 1 };
      await expect.poll(delivery, SOON).toMatchObject(again);
      expect((await webhook('disable', id)).disabled).toMatchObject({ cause: 'tenant' });
      expect((await bulkhead('webhook', 'show', id)).stdout).toContain(': as you wanted\n');
      const whileDisabled = await bulkhead('webhook', 'resend', id, messageId);
      expect(whileDisabled.stderr).toContain('WEBHOOK_DISABLED (409)');
      expect((await webhook('enable', id)).status).toBe('enabled');
      expect((await bulkhead('webhook', 'delete', id)).stdout).toBe(`${id} is deleted\n`);
      expect((await bulkhead('webhook', 'show', id)).stderr).toContain('WEBHOOK_NOT_FOUND (404)');
    }, 60_000);

    it("cannot tell another tenant's workload from none", async () => {
      const { id } = await json('submit', IMAGE, '--duration-ms', '1');
      const tenants = JSON.parse(readFileSync(join(home, 'credentials.json'), 'utf8')).tenants;
      const others = await bulkhead('get', id, '--as', tenants[1].name);
      const missing = await bulkhead('get', `wl_${'0'.repeat(32)}`, '--as', tenants[1].name);
      expect(others).toEqual({ exitCode: 3, stdout: '', stderr: missing.stderr });
      expect(others.stderr).toContain('WORKLOAD_NOT_FOUND (404)');
      expect(others.stderr).toContain(`(asked as ${tenants[1].name})`);
    });

    it('learns that the secret is wrong', async () => {
      const { tenants } = JSON.parse(readFileSync(join(home, 'credentials.json'), 'utf8'));
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
}
