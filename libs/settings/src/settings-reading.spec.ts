import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { file, logLevel, port, postgresUrl } from './fields.js';
import { type Environment, SettingsReading, WrongSettings } from './settings-reading.js';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = z.object({
  PORT: port.default(8080),
  DATABASE_URL: postgresUrl,
  TOKEN_FILE: file,
  KEY_FILE: file.optional(),
  LOG_LEVEL: logLevel.default('info'),
});
const written = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const good = () => ({
  DATABASE_URL: 'postgres://api:secret-words@127.0.0.1/bulkhead',
  TOKEN_FILE: written('token', `${'t'.repeat(32)}\n`),
  KEY_FILE: written('key', 'ab'.repeat(32)),
});

function read(environment: Environment) {
  const reading = new SettingsReading(schema, environment);
  const [token, key] = [reading.tokenOf('TOKEN_FILE'), reading.keyOf('KEY_FILE')];
  return { ...reading.settings(), token, key };
}

function problemsOf(environment: Environment): readonly string[] {
  try {
    read(environment);
    return [];
  } catch (error) {
    if (error instanceof WrongSettings) return error.problems;
    throw error;
  }
}

describe('settings of a process', () => {
  it('are what the environment gives, what files hold, and what holds otherwise', () => {
    const { token, key, ...settings } = read({ ...good(), PORT: '0', LOG_LEVEL: '' });
    expect(settings).toEqual({ ...good(), PORT: 0, LOG_LEVEL: 'info' });
    expect([token, key.toString('hex')]).toEqual(['t'.repeat(32), 'ab'.repeat(32)]);
    expect(read({ ...good(), KEY_FILE: undefined }).key).toHaveLength(0);
  });

  it('are refused with every problem at once, each by its name', () => {
    const none = join(folder, 'none');
    const wrong = { PORT: '1.5', DATABASE_URL: '', TOKEN_FILE: none, LOG_LEVEL: 'loud' };
    expect(problemsOf({ ...wrong, KEY_FILE: written('short', 'abc') })).toEqual([
      'PORT must be a whole number from 0 to 65535, not "1.5"',
      'DATABASE_URL is missing',
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, not "loud"',
      `TOKEN_FILE names the file ${none}, which cannot be read (ENOENT)`,
      'KEY_FILE must hold 32 random bytes as 64 hex digits',
    ]);
  });

  it('never repeat what a URL or a file holds', () => {
    const url = 'mysql://api:secret-words@127.0.0.1';
    const told = problemsOf({ DATABASE_URL: url, TOKEN_FILE: written('guessed', 'secret-words') });
    expect(told).toHaveLength(2);
    expect(told.join()).toContain('which holds fewer than 32 characters');
    expect(told.join()).not.toContain('secret-words');
  });
});
