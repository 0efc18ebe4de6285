import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateLog } from '../../../apps/cli/src/demo/generate-log.js';
import { type CommandLine, IMAGE, SOON } from './command-line.contract.js';

/** What operators and auditors do at the command line, wherever the queues of the installation are. */
export function describeOperatorCommands({ bulkhead, json, home, datastore }: CommandLine): void {
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
      await expect
        .poll(queues, SOON)
        .toMatch(new RegExp(`^stops +working +\\d+ waiting.*in ${datastore}$`, 'm'));
      const { stdout } = await bulkhead('queue', 'show', 'starts', '--json');
      expect(JSON.parse(stdout)).toMatchObject({ name: 'starts', failures: [] });
      const refused = await bulkhead('queue', 'retry', 'starts', '--reason', 'tried');
      expect(refused.exitCode).toBe(3);
      expect(refused.stderr).toContain('QUEUE_WITHOUT_FAILURES (409)');
      expect((await bulkhead('queue', '--help')).stdout).toContain('failed for good');
    }, 60_000);

    it('keeps the catalogue: registers an image, sees it in the list, and revokes it', async () => {
      const file = join(home, 'image.json');
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
      const file = join(home, 'advisory.json');
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
      expect((await bulkhead('advisory', 'show', id)).stdout).toMatch(
        /withdrawn .*: tried; breaks/,
      );
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

    it('registers a tenant, which then submits with its credential, and is trusted, bounded and suspended', async () => {
      const registered = await bulkhead('tenant', 'register', 'Chandlers');
      expect(registered.stdout).toMatch(
        /^ten_\w+ {2}hostile {2}Chandlers {2}alone in its boundary/,
      );
      expect(registered.stderr).toContain('without --trust it is hostile');
      const [id = ''] = registered.stdout.split(' ');
      const told = async (verb: string, ...words: string[]) =>
        (await bulkhead('tenant', verb, id, ...words)).stdout;
      expect(await told('trust', 'trusted', '--reason', 'vetted')).toContain('trusted  Chandlers');
      expect(await told('boundary', 'quay', '--reason', 'ours')).toContain('in the boundary quay');
      expect(await told('boundary', '--reason', 'alone')).toContain('alone in its boundary');
      const quota = ['--workloads', '7', '--pending-workloads', '9', '--reason', 'small'];
      expect(await told('quota', ...quota)).toMatch(/quota: workloads 7, .* pendingWorkloads 9\n$/);
      const { clientId, clientSecret } = await json('tenant', 'credential', id);
      const client = ['--client-id', clientId, '--client-secret', clientSecret];
      const words = ['submit', IMAGE, ...client, '--duration-ms', '1'];
      expect((await bulkhead(...words)).exitCode).toBe(0);
      const suspended = await told('suspend', '--evict', '--reason', 'odd');
      expect(suspended).toContain('  suspended\n');
      expect((await bulkhead(...words)).stderr).toContain('TENANT_SUSPENDED (403)');
      expect(await told('reinstate', '--reason', 'cleared')).not.toContain('suspended');
      expect(await told('quota', '--pending-workloads', 'none', '--reason', 'x')).toMatch(
        /workloads 7, .* pendingWorkloads without limit\n$/,
      );
      expect(await told('show')).toContain(`${id}  trusted  Chandlers`);
      // Lists trail what was just answered, by little.
      const trusted = async () => (await bulkhead('tenant', 'list', '--trust', 'trusted')).stdout;
      await expect.poll(trusted, SOON).toContain(id);
      expect(await json('tenant', 'list', '--limit', '1')).toMatchObject([{ id }]);
      expect(await json('host', 'list', '--limit', '1')).toHaveLength(1);
      expect(await told('revoke-credential', clientId)).toBe(`${clientId} is revoked\n`);
      await expect.poll(() => told('credentials'), SOON).toMatch(/^cred_\w+ {2}revoked {2}/);
    }, 60_000);

    it('has the auditor read the log, by stream and type, in its order', async () => {
      const { id } = await json('submit', IMAGE, '--as', 'Night Market');
      const [submitted] = await json('audit', 'events', '--stream', id, '--limit', '1');
      expect(submitted).toMatchObject({ type: 'WorkloadSubmitted', stream: id });
      const words = ['--type', 'WorkloadSubmitted', '--tenant', submitted.tenant];
      const later = ['--after-position', String(submitted.position - 1)];
      const read = await bulkhead('audit', 'events', ...words, ...later);
      expect(read.exitCode).toBe(0);
      expect(read.stdout).toContain(
        `WorkloadSubmitted  ${id}  of ${submitted.tenant}  by ${submitted.metadata.actor.id}  image=${IMAGE}`,
      );
      const refused = await bulkhead('audit', 'events', '--type', 'Nothing');
      expect(refused.stderr).toContain('is not a type of event; see docs/events.md');
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
      const log = join(home, 'small.swf');
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
      expect(again.stdout).toContain('2 registered by this import; they stay, cordoned,');
      expect(again.stdout).toContain('Line 25 is skipped: 2 fields instead of 18.');
      expect(again.stdout).toContain('The check of the log found nothing');
    }, 120_000);
  });
}
