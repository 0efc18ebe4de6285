import { createHash } from 'node:crypto';
import { type CredentialId, prefixedId, type Role, type TenantId } from '@bulkhead/domain';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnDatastores } from '../describe-on-datastores.contract.js';
import type { WorkerUnderTest } from '../worker-under-test.contract.js';
import { OperatorServer } from './operator-server.js';

const SECRET = 'the-words-of-the-credential';
const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

describeOnDatastores('the board of the queues in', (bed) => {
  let worker: WorkerUnderTest;
  let board: string;

  beforeAll(async () => {
    worker = await bed.prepare();
    await worker.start();
    board = `http://127.0.0.1:${await worker.get(OperatorServer).listen(0)}/queues`;
  });
  afterAll(() => worker.get(OperatorServer).close());

  async function credential(role: Role, tenantId: TenantId | null = null): Promise<CredentialId> {
    const credentialId = prefixedId('cred', v7());
    const secretSha256 = createHash('sha256').update(SECRET).digest('hex');
    const payload = { credentialId, role, tenantId, secretSha256 };
    const issued = {
      type: 'CredentialIssued',
      schemaVersion: 1,
      occurredAtMs: 1,
      payload,
    } as const;
    // Nobody owns the stream of a credential, a tenant's included.
    await worker.installation.record(null, credentialId, 0, [issued]);
    return credentialId;
  }

  const see = (path: string, authorization?: string, method = 'GET') =>
    fetch(`${board}${path}`, {
      method,
      headers: authorization === undefined ? {} : { authorization },
    });

  it('is shown to nobody but who has an operator’s credential at that moment', async () => {
    const operator = await credential('operator');
    const tenantId = await worker.installation.tenant('standard');
    const refused = [
      undefined,
      'Bearer something',
      basic(operator, 'other words'),
      basic(operator, ''),
      basic(prefixedId('cred', v7()), SECRET),
      basic('policy', SECRET),
      basic(await credential('tenant', tenantId), SECRET),
      basic(await credential('auditor'), SECRET),
    ];
    for (const authorization of refused) {
      for (const path of ['', '/', '/api/queues', '/static/js/main.js', '/queue/starts']) {
        const answer = await see(path, authorization);
        expect([path, answer.status]).toEqual([path, 401]);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
        expect(await answer.text()).toBe(
          'an operator’s credential is needed: its id and its secret\n',
        );
      }
    }
    const encoded = basic(operator.replace('_', '%5F'), SECRET.replaceAll('-', '%2D'));
    for (const shown of [basic(operator, SECRET), encoded]) {
      expect((await see('/api/queues', shown)).status).toBe(200);
    }
    const payload = { reason: 'test' };
    const revoked = {
      type: 'CredentialRevoked',
      schemaVersion: 1,
      occurredAtMs: 2,
      payload,
    } as const;
    await worker.installation.record(null, operator, 1, [revoked]);
    expect((await see('/api/queues', basic(operator, SECRET))).status).toBe(401);
  });

  it('shows every queue and its jobs by their ids, and no login of a datastore', async () => {
    const login = basic(await credential('operator'), SECRET);
    const data = { hostId: 'host_none', position: 0, correlationId: 'test' };
    await worker.queues.hosts.add('provision-host', data, { jobId: 'doomed', attempts: 1 });
    const shown = await worker.installation.until(
      async () => {
        const answer = await see('/api/queues?activeQueue=hosts&status=failed', login);
        return (await answer.json()) as { queues: { name: string; jobs: { data: object }[] }[] };
      },
      ({ queues }) => queues.some(({ jobs }) => jobs.length > 0),
    );
    const names = shown.queues.map(({ name }) => name).sort();
    expect(names).toEqual(['hosts', 'releases', 'starts', 'stops']);
    const [job] = shown.queues.flatMap(({ jobs }) => jobs);
    expect(job?.data).toEqual(data);
    const { password } = new URL(worker.database.workerUrl);
    expect(password).not.toBe('');
    expect(JSON.stringify(shown)).not.toContain(password);
    const page = await see('/', login);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(await page.text()).toContain('Bulkhead');
  });

  it('is a page that a browser loads from the worker alone, without scripts of its own text', async () => {
    const page = await see('/', basic(await credential('operator'), SECRET));
    const policy = page.headers.get('content-security-policy') ?? '';
    const rules = policy.split('; ').map((rule) => rule.split(' '));
    const sources = Object.fromEntries(rules.map(([name, ...allowed]) => [name, allowed]));
    expect(sources).toMatchObject({
      'default-src': ["'self'"],
      'script-src': ["'self'"],
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'"],
      'connect-src': ["'self'"],
      'frame-ancestors': ["'none'"],
      'base-uri': ["'self'"],
    });
    const scripts = [...(await page.text()).matchAll(/<script([^>]*)>/g)].map(([, of]) => of);
    const loaded = scripts.filter((of) => !of?.includes('type="application/json"'));
    expect(loaded.length).toBeGreaterThan(0);
    for (const of of loaded) expect(of).toMatch(/ src="static\//);
  });

  it('changes nothing: what operators do to a queue goes on record elsewhere', async () => {
    const login = basic(await credential('operator'), SECRET);
    const before = await worker.queues.hosts.getJobCounts('failed');
    for (const path of ['/hosts/doomed/retry/failed', '/hosts/retry/failed', '/hosts/pause']) {
      for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
        expect((await see(`/api/queues${path}`, login, method)).status).toBe(405);
      }
    }
    expect(await worker.queues.hosts.getJobCounts('failed')).toEqual(before);
  });
});
