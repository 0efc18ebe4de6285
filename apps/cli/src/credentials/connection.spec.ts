import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { askedAs, connectionFrom, platformConnectionFrom } from './connection.js';
import { CredentialsProblem } from './credentials-file.js';

const home = mkdtempSync(join(tmpdir(), 'bulkhead-cli-'));
afterAll(() => rmSync(home, { recursive: true }));

const FILE = {
  url: 'http://127.0.0.1:8080',
  operator: { clientId: 'cred_op', clientSecret: 'op' },
  auditor: { clientId: 'cred_au', clientSecret: 'au' },
  tenants: [
    { id: 'ten_1', name: 'Night Market', trust: 'hostile', clientId: 'cred_1', clientSecret: 's1' },
    { id: 'ten_2', name: 'Harbour', trust: 'trusted', clientId: 'cred_2', clientSecret: 's2' },
  ],
};
writeFileSync(join(home, 'credentials.json'), JSON.stringify(FILE));

describe('whom a command acts as', () => {
  it('is the first tenant of the home, where nothing else is said', () => {
    expect(connectionFrom({ home }, {})).toEqual({
      url: 'http://127.0.0.1:8080',
      credential: expect.objectContaining({ clientId: 'cred_1', clientSecret: 's1' }),
      name: 'Night Market',
    });
    expect(connectionFrom({}, { BULKHEAD_HOME: home }).credential.clientId).toBe('cred_1');
  });

  it.each([
    ['night market', 'cred_1'],
    ['ten_2', 'cred_2'],
  ])('is %s with --as', (as, clientId) => {
    expect(connectionFrom({ home, as }, {}).credential.clientId).toBe(clientId);
    const environment = { BULKHEAD_CLIENT_ID: 'x', BULKHEAD_CLIENT_SECRET: 'y' };
    expect(connectionFrom({ home, as }, environment).credential.clientId).toBe(clientId);
  });

  it('is the operator or the auditor of the home, where a command is for those', () => {
    const { credential, name, url } = platformConnectionFrom('operator', { home }, {});
    expect([credential.clientId, name, url]).toEqual(['cred_op', 'operator', FILE.url]);
    expect(platformConnectionFrom('auditor', { home }, {}).credential.clientId).toBe('cred_au');
    const environment = { BULKHEAD_CLIENT_ID: 'x', BULKHEAD_CLIENT_SECRET: 'y' };
    const given = platformConnectionFrom('operator', { home }, environment);
    expect(given.credential).toEqual({ clientId: 'x', clientSecret: 'y' });
    expect(() => platformConnectionFrom('operator', { home, clientId: 'x' }, {})).toThrow('secret');
  });

  it('is the client of the options, then of the environment, before the home', () => {
    const environment = {
      BULKHEAD_URL: 'https://api.example/',
      BULKHEAD_CLIENT_ID: 'cred_e',
      BULKHEAD_CLIENT_SECRET: 'e',
      BULKHEAD_HOME: '/nowhere',
    };
    expect(connectionFrom({}, environment)).toEqual({
      url: 'https://api.example',
      credential: { clientId: 'cred_e', clientSecret: 'e' },
      name: 'cred_e',
    });
    const options = { url: 'http://h:1', clientId: 'cred_o', clientSecret: 'o' };
    expect(connectionFrom(options, environment)).toEqual({
      url: 'http://h:1',
      credential: { clientId: 'cred_o', clientSecret: 'o' },
      name: 'cred_o',
    });
  });

  it('is said of the environment as well where it wins over the credentials of a home', () => {
    const environment = { BULKHEAD_CLIENT_ID: 'cred_e', BULKHEAD_CLIENT_SECRET: 'e' };
    const because = `BULKHEAD_CLIENT_ID is set, and wins over ${join(home, 'credentials.json')}`;
    const asOperator = platformConnectionFrom('operator', { home }, environment);
    expect(askedAs(asOperator)).toBe(`(asked as cred_e: ${because})`);
    expect(askedAs(connectionFrom({ home }, environment))).toContain(because);
    const named = { home, clientId: 'cred_o', clientSecret: 'o' };
    expect(askedAs(connectionFrom(named, environment))).toBe('(asked as cred_o)');
    expect(askedAs(connectionFrom({ home }, {}))).toBe('(asked as Night Market)');
    const elsewhere = { ...environment, BULKHEAD_URL: 'http://h:1', BULKHEAD_HOME: '/nowhere' };
    expect(askedAs(connectionFrom({}, elsewhere))).toBe('(asked as cred_e)');
  });

  it.each([
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['http://127.0.0.1:8080/behind/a/proxy', 'http://127.0.0.1:8080/behind/a/proxy'],
    ['http://localhost:8080', 'http://127.0.0.1:8080'],
    ['http://LOCALHOST:8080/v', 'http://127.0.0.1:8080/v'],
    ['http://[::1]:8080', 'http://127.0.0.1:8080'],
  ])('of the home goes to its own api under each of its names: %s', (url, own) => {
    expect(connectionFrom({ home, url }, {})).toMatchObject({ url: own, name: 'Night Market' });
    expect(platformConnectionFrom('operator', { home }, { BULKHEAD_URL: url }).url).toBe(own);
  });

  it.each([
    'http://127.0.0.1:9199/hook',
    'https://127.0.0.1:8080',
    'http://127.0.0.2:8080',
    'http://localhost:8081',
    'http://127.0.0.1.example:8080',
    'http://127.0.0.1:8080@elsewhere.example',
    'http://elsewhere.example:8080',
  ])('of the home never goes to another address: %s', (url) => {
    const sentence =
      'these credentials belong to http://127.0.0.1:8080; give --client-id/--client-secret for another api';
    const as = 'Harbour';
    expect(() => connectionFrom({ home, url }, {})).toThrow(sentence);
    expect(() => connectionFrom({ home, as }, { BULKHEAD_URL: url })).toThrow(CredentialsProblem);
    expect(() => connectionFrom({ home, as }, { BULKHEAD_URL: url })).toThrow(sentence);
    for (const role of ['operator', 'auditor'] as const)
      expect(() => platformConnectionFrom(role, { home, url }, {})).toThrow(sentence);
    const environment = { BULKHEAD_CLIENT_ID: 'x', BULKHEAD_CLIENT_SECRET: 'y' };
    expect(connectionFrom({ home, url }, environment).credential.clientId).toBe('x');
  });

  it.each([
    [
      'a client without a home to say where',
      { home: '/nowhere', clientId: 'cred_x', clientSecret: 's' },
      'say --url or BULKHEAD_URL',
    ],
    ['half a client', { home, clientId: 'cred_x' }, 'secret (--client-secret) is missing'],
    ['an unknown name', { home, as: 'nobody' }, '"Night Market"'],
    ['the operator', { home, as: 'operator' }, 'takes a tenant and not the operator; known are "N'],
    ['the auditor', { home, as: 'auditor' }, 'takes a tenant and not the auditor'],
    ['a home without installation', { home: join(home, 'none') }, 'ENOENT'],
    ['a wrong URL', { home, url: 'ftp://x' }, 'no http:// or https:// URL'],
  ])('is refused with a sentence for %s', (_, options, sentence) => {
    expect(() => connectionFrom(options, {})).toThrow(CredentialsProblem);
    expect(() => connectionFrom(options, {})).toThrow(sentence);
  });

  it('is refused for a file that no installation wrote, with the fields, never with a secret', () => {
    const broken = join(home, 'broken');
    const write = (text: string) => writeFileSync(join(broken, 'credentials.json'), text);
    mkdirSync(broken);
    write(JSON.stringify({ ...FILE, operator: { clientId: 'x' } }));
    expect(() => connectionFrom({ home: broken }, {})).toThrow('operator.clientSecret');
    write('{"clientSecret":"hush"');
    expect(() => connectionFrom({ home: broken }, {})).toThrow(/^(?!.*hush).*no credentials file/);
  });
});
