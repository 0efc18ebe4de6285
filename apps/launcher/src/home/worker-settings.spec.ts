import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepWorkerSettings, keptWorkerSettings, settingLine } from './worker-settings.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-worker-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the settings of a further worker', () => {
  it('are kept for their owner alone, without ports, levels or logins that are not its own', () => {
    const home = { workerSettingsFile: join(folder, 'worker-settings') };
    expect(keptWorkerSettings(home)).toEqual([]);
    keepWorkerSettings(home, {
      WORKER_DATABASE_URL: 'postgres://bulkhead_worker:ab@127.0.0.1:5433/bulkhead',
      SIMULATED_HOST_URL: 'http://127.0.0.1:8082',
      CANCEL_GRACE_MS: '500',
      WORKER_PORT: '8081',
      HOME: '/root',
    });
    expect(keptWorkerSettings(home)).toEqual([
      'WORKER_DATABASE_URL=postgres://bulkhead_worker:ab@127.0.0.1:5433/bulkhead',
      'SIMULATED_HOST_URL=http://127.0.0.1:8082',
      'CANCEL_GRACE_MS=500',
    ]);
    expect(statSync(home.workerSettingsFile).mode & 0o777).toBe(0o600);
  });

  it('mean to a shell what they are, whatever stands in them', () => {
    const value = "postgres://a:b@[::1]/x?sslmode=require&o=$HOME it's";
    const script = `${settingLine('URL', value)}; printf %s "$URL"`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(value);
  });
});
