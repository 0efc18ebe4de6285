import { isAbsolute } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKeySettings, readMigrationSettings, readSettings } from './settings.js';

describe('the settings of npm start', () => {
  it('need nothing: port 8080 on this machine only, and a home in the current folder', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({ PORT: 8080, HOST: '127.0.0.1', LOG_LEVEL: 'info' });
    expect(isAbsolute(settings.BULKHEAD_HOME)).toBe(true);
    expect(settings.BULKHEAD_HOME).toMatch(/\.bulkhead$/);
  });

  it('that are wrong are all listed by name at once', () => {
    const read = () =>
      readSettings({
        PORT: 'eighty',
        WORKER_PORT: '70000',
        DATABASE_URL: 'mysql://localhost/x',
        LOG_LEVEL: 'loud',
      });
    for (const name of ['PORT', 'WORKER_PORT', 'DATABASE_URL', 'LOG_LEVEL']) {
      expect(read).toThrow(new RegExp(`^ {2}${name} must be `, 'm'));
    }
  });

  it('count as absent when empty', () => {
    expect(readSettings({ PORT: '', DATABASE_URL: '' })).toMatchObject({ PORT: 8080 });
  });

  it('refuse a role of a database that is not given', () => {
    expect(() => readSettings({ API_DATABASE_URL: 'postgres://a:b@localhost/c' })).toThrow(
      'API_DATABASE_URL needs DATABASE_URL',
    );
  });
});

describe('the settings of keys', () => {
  it('are a home and the name of the log, whatever a further worker was already told', () => {
    const told = {
      WORKER_DATABASE_URL: 'postgres://a:b@localhost/c',
      TREE_HEAD_ORIGIN: 'log.example',
    };
    const { BULKHEAD_HOME, ...others } = readKeySettings({ ...told, BULKHEAD_HOME: '/srv/b' });
    expect(BULKHEAD_HOME).toBe('/srv/b');
    expect(others).toEqual({ TREE_HEAD_ORIGIN: 'log.example' });
    expect(() => readKeySettings({ TREE_HEAD_ORIGIN: 'two words' })).toThrow('TREE_HEAD_ORIGIN');
  });
});

describe('the settings of a start of a part', () => {
  it('name a part, and Postgres alone only where it is the embedded one', () => {
    expect(readSettings({ START_ONLY: 'api' }).START_ONLY).toBe('api');
    expect(() => readSettings({ START_ONLY: 'worker' })).toThrow(
      'START_ONLY must be one of postgres, api, not "worker"',
    );
    expect(() =>
      readSettings({ START_ONLY: 'postgres', DATABASE_URL: 'postgres://a:b@localhost/c' }),
    ).toThrow('START_ONLY=postgres starts the embedded Postgres, so it goes without DATABASE_URL');
  });
});

describe('the settings of migrations', () => {
  it('are all needed, and a password in a wrong one is not repeated', () => {
    const read = () => readMigrationSettings({ DATABASE_URL: 'mysql://root:secret@localhost/x' });
    expect(read).toThrow(
      [
        'settings are wrong',
        '  DATABASE_URL must be a postgres:// URL',
        '  API_DATABASE_URL is missing',
        '  WORKER_DATABASE_URL is missing',
        '  AUDIT_DATABASE_URL is missing',
      ].join('\n'),
    );
    expect(read).not.toThrow('secret');
  });
});
