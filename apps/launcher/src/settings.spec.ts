import { isAbsolute } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

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
      expect(read).toThrow(new RegExp(`^ {2}${name}: `, 'm'));
    }
  });

  it('count as absent when empty', () => {
    expect(readSettings({ PORT: '', DATABASE_URL: '' })).toMatchObject({ PORT: 8080 });
  });

  it('refuse a role of a database that is not given', () => {
    expect(() => readSettings({ API_DATABASE_URL: 'postgres://a:b@localhost/c' })).toThrow(
      'API_DATABASE_URL: needs DATABASE_URL',
    );
  });
});
