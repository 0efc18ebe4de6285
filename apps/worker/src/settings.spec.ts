import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WrongSettings } from '@bulkhead/settings';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';
import { drawTreeHeadFiles } from './tree/tree-head-settings.contract.js';
import type { TreeHeadFiles } from './tree/tree-head-settings.js';

let folder: string;
let token: string;
let webhookKey: string;
let treeHeads: TreeHeadFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-settings-'));
  token = join(folder, 'token');
  writeFileSync(token, `${'t'.repeat(32)}\n`);
  webhookKey = join(folder, 'webhook-key');
  writeFileSync(webhookKey, `${'ab'.repeat(32)}\n`);
  treeHeads = drawTreeHeadFiles(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const complete = () => ({
  WORKER_DATABASE_URL: 'postgres://worker@127.0.0.1/bulkhead',
  SIMULATED_HOST_URL: 'http://127.0.0.1:8082',
  SIMULATED_HOST_TOKEN_FILE: token,
  TREE_HEAD_KEY_FILE: treeHeads.keyFile,
  TREE_HEAD_VERIFIER_KEYS_FILE: treeHeads.verifierKeysFile,
  TREE_HEAD_DIR: treeHeads.folder,
  WEBHOOK_KEY_FILE: webhookKey,
});

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    if (error instanceof WrongSettings) return error.problems;
    throw error;
  }
}

describe('settings of the worker', () => {
  it('takes what is given and fills in the rest', () => {
    expect(readSettings({ ...complete(), JOB_CONCURRENCY: '10', LOG_LEVEL: '' })).toEqual({
      workerDatabaseUrl: 'postgres://worker@127.0.0.1/bulkhead',
      port: 8081,
      simulatedHostUrl: 'http://127.0.0.1:8082',
      simulatedHostToken: 't'.repeat(32),
      hostLeaseTtlMs: 30_000,
      observe: { lostAfterMs: 15_000, reconcileEveryMs: 30_000, reissueAfterMs: 30_000 },
      jobConcurrency: 10,
      startsPerHostMax: 32,
      openWorkloadsPerTenantMax: 100_000,
      cancelGraceMs: 10_000,
      output: { days: 30, maxBytes: 1_048_576 },
      treeHeads: {
        signer: expect.objectContaining({ verifier: expect.anything() }),
        verifiers: expect.any(Function),
        folder: treeHeads.folder,
      },
      webhooks: { key: Buffer.from('ab'.repeat(32), 'hex'), allowed: [] },
      redisUrl: null,
      logLevel: 'info',
    });
  });

  it('lists every problem by name at once', () => {
    const problems = problemsOf({
      SIMULATED_HOST_URL: 'ftp://host',
      SIMULATED_HOST_TOKEN_FILE: join(folder, 'none'),
      TREE_HEAD_KEY_FILE: join(folder, 'none'),
      TREE_HEAD_VERIFIER_KEYS_FILE: treeHeads.verifierKeysFile,
      TREE_HEAD_DIR: treeHeads.folder,
      JOB_CONCURRENCY: '0',
      HOST_LEASE_TTL_MS: 'soon',
      WEBHOOK_ALLOWED_NETWORKS: '10.0.0.0/8, 10.0.0.1, fd00::/300',
    });
    for (const name of [
      'WORKER_DATABASE_URL',
      'SIMULATED_HOST_URL',
      'SIMULATED_HOST_TOKEN_FILE',
      'JOB_CONCURRENCY',
      'HOST_LEASE_TTL_MS',
      'TREE_HEAD_KEY_FILE',
      'WEBHOOK_KEY_FILE',
    ]) {
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    }
    expect(problems).toHaveLength(9);
    for (const network of ['10.0.0.1', 'fd00::/300']) {
      const wrong = `${network} is no network such as 10.0.0.0/8`;
      expect(problems).toContain(`WEBHOOK_ALLOWED_NETWORKS: ${wrong}`);
    }
    expect(problems).toContain('WORKER_DATABASE_URL is missing');
    expect(problems).toContain('JOB_CONCURRENCY must be a whole number from 1 to 500, not "0"');
  });

  it('refuses a key for webhooks that is none, without repeating what the file holds', () => {
    writeFileSync(webhookKey, 'secret words');
    const wanted = 'must hold 32 random bytes as 64 hex digits';
    expect(problemsOf(complete())).toEqual([`WEBHOOK_KEY_FILE ${wanted}`]);
    rmSync(webhookKey);
    expect(problemsOf(complete()).join()).toContain('which cannot be read (ENOENT)');
  });

  it('takes networks that messages may go to all the same', () => {
    const networks = 'WEBHOOK_ALLOWED_NETWORKS';
    const settings = readSettings({ ...complete(), [networks]: '10.0.0.0/8, fd00::/8,' });
    expect(settings.webhooks.allowed).toHaveLength(2);
  });

  it('takes a Redis for the queues, and refuses what is none without repeating its password', () => {
    const redisUrl = 'rediss://worker:secret-words@cache.example:6380/1';
    expect(readSettings({ ...complete(), REDIS_URL: redisUrl }).redisUrl).toBe(redisUrl);
    const problems = problemsOf({ ...complete(), REDIS_URL: 'http://:secret-words@127.0.0.1' });
    expect(problems).toEqual(['REDIS_URL must be a redis:// or rediss:// URL']);
  });

  it('refuses a key for tree heads that nobody could check, and says which verifier key is missing', () => {
    const other = mkdtempSync(join(folder, 'other-'));
    const { keyFile } = drawTreeHeadFiles(other);
    const [problem = '', ...more] = problemsOf({ ...complete(), TREE_HEAD_KEY_FILE: keyFile });
    expect(more).toEqual([]);
    const verifierKey = readFileSync(join(other, 'tree-head-verifier-keys'), 'utf8').trim();
    expect(problem).toMatch(/^TREE_HEAD_VERIFIER_KEYS_FILE names .* which lacks the verifier key/);
    expect(problem.endsWith(verifierKey)).toBe(true);
  });

  it('refuses a key for tree heads that is none, without repeating what the file holds', () => {
    writeFileSync(treeHeads.keyFile, 'secret words');
    const [problem = ''] = problemsOf(complete());
    expect(problem).toContain('which is wrong: the key is not a private key in PEM');
    expect(problem).not.toContain('secret words');
    writeFileSync(treeHeads.verifierKeysFile, '');
    expect(problemsOf(complete()).join()).toContain('there is no verifier key');
  });

  it('refuses a token that could be guessed, and never repeats it', () => {
    writeFileSync(token, 'short-secret');
    const problems = problemsOf(complete());
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('short-secret');
  });
});
