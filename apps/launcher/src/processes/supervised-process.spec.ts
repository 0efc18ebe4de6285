import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openHome } from '../home/home.js';
import { processEnvironments } from './environments.js';
import { wordsForPeople } from './log-follower.js';
import { restartDelayMs } from './recent-crashes.js';

describe('a process that crashes', () => {
  it('is started again with delays that double up to eight seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(restartDelayMs)).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 8_000,
    ]);
  });
});

describe('what a person is shown of a process log', () => {
  it('are warnings and errors, and lines that are no records', () => {
    expect(wordsForPeople('{"level":30,"msg":"listening"}')).toBeUndefined();
    expect(wordsForPeople('')).toBeUndefined();
    expect(wordsForPeople('{"level":50,"msg":"no host","err":{"message":"refused"}}')).toBe(
      'no host: refused',
    );
    expect(wordsForPeople('{"level":40}')).toBe('{"level":40}');
    expect(wordsForPeople('Error: out of memory')).toBe('Error: out of memory');
    expect(wordsForPeople('{half')).toBe('{half');
  });
});

describe('the environment of each process', () => {
  it('has the one kind of database login that it needs, and never the one of migrations', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-env-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const home = openHome(folder);
    const roles = { apiUrl: 'api-url', workerUrl: 'worker-url', auditUrl: 'audit-url' };
    const addresses = { host: '127.0.0.1', port: 1, workerPort: 2, simulatedHostPort: 3 };
    const inherited = {
      DATABASE_URL: 'admin-url',
      WORKER_DATABASE_URL: 'x',
      HOST_LEASE_TTL_MS: '9',
    };
    const all = processEnvironments(inherited, home, roles, addresses);
    const urlsOf = (name: keyof typeof all) =>
      Object.values(all[name]).filter((value) => value.endsWith('-url'));
    expect(urlsOf('api')).toEqual(['api-url', 'audit-url']);
    expect(urlsOf('worker')).toEqual(['worker-url']);
    expect(urlsOf('simulated-host')).toEqual([]);
    expect(all.worker['HOST_LEASE_TTL_MS']).toBe('9');
    expect(all.worker['SIMULATED_HOST_URL']).toBe('http://127.0.0.1:3');
  });
});
