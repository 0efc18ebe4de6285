import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings, WrongSettings } from './settings.js';

let folder: string;
let token: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-settings-'));
  token = join(folder, 'token');
  writeFileSync(token, `${'t'.repeat(32)}\n`);
});
afterEach(() => rmSync(folder, { recursive: true }));

const complete = () => ({
  WORKER_DATABASE_URL: 'postgres://worker@127.0.0.1/bulkhead',
  SIMULATED_HOST_URL: 'http://127.0.0.1:8082',
  SIMULATED_HOST_TOKEN_FILE: token,
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
      jobConcurrency: 10,
      logLevel: 'info',
    });
  });

  it('lists every problem by name at once', () => {
    const problems = problemsOf({
      SIMULATED_HOST_URL: 'ftp://host',
      SIMULATED_HOST_TOKEN_FILE: join(folder, 'none'),
      JOB_CONCURRENCY: '0',
      HOST_LEASE_TTL_MS: 'soon',
    });
    for (const name of [
      'WORKER_DATABASE_URL',
      'SIMULATED_HOST_URL',
      'SIMULATED_HOST_TOKEN_FILE',
      'JOB_CONCURRENCY',
      'HOST_LEASE_TTL_MS',
    ]) {
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    }
    expect(problems).toHaveLength(5);
    expect(problems).toContain('WORKER_DATABASE_URL is missing');
    expect(problems).toContain('JOB_CONCURRENCY must be a whole number from 1 to 500, not "0"');
  });

  it('says that a queue in Redis is not supported yet instead of ignoring the setting', () => {
    const problems = problemsOf({ ...complete(), REDIS_URL: 'redis://127.0.0.1' });
    expect(problems).toEqual([
      expect.stringContaining('REDIS_URL must not be set: a queue in Redis is not'),
    ]);
  });

  it('refuses a token that could be guessed, and never repeats it', () => {
    writeFileSync(token, 'short-secret');
    const problems = problemsOf(complete());
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('short-secret');
  });
});
