import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WrongSettings } from '@bulkhead/settings';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, `${'t'.repeat(40)}\n`);
const good = {
  SIMULATED_HOST_PORT: '9000',
  SIMULATED_HOST_TOKEN_FILE: tokenFile,
  SIMULATED_HOST_HOME: folder,
};

function problemsOf(env: Record<string, string>): string[] {
  try {
    readSettings(env);
  } catch (error) {
    return [...(error as WrongSettings).problems];
  }
  return [];
}

describe('the settings of the simulated-host process', () => {
  it('takes the token from its file and defaults for the rest', () => {
    expect(readSettings(good)).toEqual({
      port: 9_000,
      bind: '127.0.0.1',
      token: 't'.repeat(40),
      home: folder,
      timeScale: 1,
      clockSpeed: 1,
      faults: null,
      kernelPanics: 'own',
      logLevel: 'info',
    });
  });

  it('takes the faults of hosts by their proposed rates or from a seed', () => {
    const faultsOf = (text: string) =>
      readSettings({ ...good, SIMULATED_HOST_FAULTS: text }).faults;
    expect(faultsOf('off')).toBeNull();
    expect(faultsOf('proposed')).toEqual({ rates: 'proposed' });
    expect(faultsOf('seed:7')).toEqual({ seed: 7 });
    expect(problemsOf({ ...good, SIMULATED_HOST_FAULTS: 'many' })).toEqual([
      'SIMULATED_HOST_FAULTS must be off, proposed or seed:NUMBER, not "many"',
    ]);
  });

  it('lets a workload take its host down only where it is told to', () => {
    const panicsOf = (text: string) =>
      readSettings({ ...good, SIMULATED_HOST_KERNEL_PANICS: text }).kernelPanics;
    expect(panicsOf('host')).toBe('host');
    expect(problemsOf({ ...good, SIMULATED_HOST_KERNEL_PANICS: 'all' })).toEqual([
      'SIMULATED_HOST_KERNEL_PANICS must be own or host, not "all"',
    ]);
  });

  it('lets the clock of the hosts run faster than that of their machine, and never slower', () => {
    const speedOf = (text: string) =>
      readSettings({ ...good, SIMULATED_HOST_CLOCK_SPEED: text }).clockSpeed;
    expect(speedOf('60')).toBe(60);
    for (const wrong of ['0', '0.5', '1001', 'fast']) {
      expect(problemsOf({ ...good, SIMULATED_HOST_CLOCK_SPEED: wrong })).toEqual([
        `SIMULATED_HOST_CLOCK_SPEED must be a number from 1 to 1000, not "${wrong}"`,
      ]);
    }
  });

  it('lists every problem by the name of its variable', () => {
    const problems = problemsOf({ SIMULATED_HOST_PORT: 'x', SIMULATED_HOST_TIME_SCALE: '0' });
    for (const name of ['PORT', 'TOKEN_FILE is missing', 'HOME is missing', 'TIME_SCALE']) {
      expect(problems.join('\n')).toContain(`SIMULATED_HOST_${name}`);
    }
    expect(problems).toHaveLength(4);
    expect(problems[0]).toBe('SIMULATED_HOST_PORT must be a whole number from 0 to 65535, not "x"');
  });

  it('says which token file is missing or too short, and never what it holds', () => {
    const missing = join(folder, 'none');
    expect(problemsOf({ ...good, SIMULATED_HOST_TOKEN_FILE: missing })[0]).toContain('ENOENT');
    const short = join(folder, 'short');
    writeFileSync(short, 'secret');
    const [problem] = problemsOf({ ...good, SIMULATED_HOST_TOKEN_FILE: short });
    expect(problem).toContain('fewer than 32');
    expect(problem).not.toContain('secret');
  });
});
