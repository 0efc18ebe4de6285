import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialsText, writeCredentials } from './credentials-file.js';

const installation = {
  operator: { clientId: 'cred_1', clientSecret: 'a' },
  auditor: { clientId: 'cred_2', clientSecret: 'b' },
  tenants: [
    { id: 'ten_1', name: 'Night Market', trust: 'hostile', clientId: 'cred_3', clientSecret: 'c' },
    { id: 'ten_2', name: 'Harbour Works', trust: 'trusted', clientId: 'cred_4', clientSecret: 'd' },
  ],
};
const url = 'http://127.0.0.1:8080';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-credentials-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('credentials.json', () => {
  it('holds where to go, and the operator, the auditor and every tenant', () => {
    expect(JSON.parse(credentialsText(url, installation))).toEqual({ url, ...installation });
  });

  it('is readable by its owner alone, even where a laxer file stood before', () => {
    const path = join(folder, 'credentials.json');
    writeFileSync(path, 'old', { mode: 0o644 });
    writeCredentials(path, url, installation);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ url });
    expect(readdirSync(folder)).toEqual(['credentials.json']);
  });
});
