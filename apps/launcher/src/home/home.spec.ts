import { createPrivateKey } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EMPTY_ROOT,
  noteSigner,
  openTreeHead,
  parseVerifierKeys,
  signTreeHead,
} from '@bulkhead/event-store/proof';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureKeys, openHome } from './home.js';
import { roleUrls } from './role-urls.js';
import { renameLog, rotateTreeHeadKey } from './tree-head-keys.js';

const ORIGIN = 'log.example/bulkhead';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-home-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('the home of an installation', () => {
  it('is for its owner alone, even when it was there before with laxer rights', () => {
    const path = join(folder, 'lax');
    mkdirSync(path);
    chmodSync(path, 0o755);
    const home = openHome(path);
    for (const each of [home.path, home.logs, home.simulatedHosts])
      expect(modeOf(each)).toBe(0o700);
  });

  it('that cannot be made is named with its setting and folder', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const path = join(file, 'home');
    expect(() => openHome(path)).toThrow(
      `BULKHEAD_HOME: the folder ${path} cannot be made (ENOTDIR).`,
    );
  });

  it('draws its keys once and keeps them with mode 0600', () => {
    const home = openHome(join(folder, 'keys'));
    ensureKeys(home, ORIGIN);
    const files = [home.tokenSigningKeyFile, home.responseKeyFile, home.simulatedHostTokenFile];
    files.push(home.treeHeadKeyFile, home.treeHeadVerifierKeysFile, home.webhookKeyFile);
    const drawn = files.map((file) => readFileSync(file, 'utf8'));
    ensureKeys(home, 'another.example');
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(drawn);
    expect(files.map(modeOf)).toEqual(files.map(() => 0o600));
    expect(createPrivateKey(drawn[0]!).asymmetricKeyType).toBe('rsa');
    expect(drawn[1]).toMatch(/^[0-9a-f]{64}\n$/);
    expect(drawn[2]).not.toBe(drawn[1]);
    const [verifier] = parseVerifierKeys(drawn[4]!);
    expect(verifier?.verifierKey).toBe(noteSigner(ORIGIN, drawn[3]!).verifier.verifierKey);
  });

  it('follows the key of tree heads by another one, and keeps on knowing what the old one signed', () => {
    const home = openHome(join(folder, 'rotated'));
    expect(() => rotateTreeHeadKey(home)).toThrow('there is no key to follow');
    ensureKeys(home, ORIGIN);
    const head = { size: 3, rootHash: EMPTY_ROOT };
    const sign = () =>
      signTreeHead(head, noteSigner(ORIGIN, readFileSync(home.treeHeadKeyFile, 'utf8')));
    const known = () => parseVerifierKeys(readFileSync(home.treeHeadVerifierKeysFile, 'utf8'));
    const before = sign();
    const added = [rotateTreeHeadKey(home), rotateTreeHeadKey(home)];
    const keys = known().map(({ verifierKey }) => verifierKey);
    expect(keys).toEqual([added[1], added[0], before.signedBy[0]?.verifierKey]);
    for (const { signedNote } of [before, sign()]) {
      expect(openTreeHead(signedNote, known()).size).toBe(3);
    }
    expect(sign().signedBy[0]?.verifierKey).toBe(added[1]);
    expect(modeOf(home.treeHeadKeyFile)).toBe(0o600);
  });

  it('gives the log another name only by an act of its own, and never one that it had before', () => {
    const home = openHome(join(folder, 'renamed'));
    expect(() => renameLog(home, 'restored.example')).toThrow('there is no key to follow');
    ensureKeys(home, ORIGIN);
    const [old] = readFileSync(home.treeHeadVerifierKeysFile, 'utf8').split('\n').slice(1);
    expect(() => rotateTreeHeadKey(home, 'restored.example')).toThrow(
      'To give the log that name: npm run keys -- rename-log restored.example',
    );
    expect(() => renameLog(home, 'two words')).toThrow('cannot name a key');
    expect(() => renameLog(home, ORIGIN)).toThrow('names this log already, or did before');
    const { from, verifierKey } = renameLog(home, 'restored.example');
    expect(from).toBe(ORIGIN);
    const known = parseVerifierKeys(readFileSync(home.treeHeadVerifierKeysFile, 'utf8'));
    expect(known.map((key) => key.verifierKey)).toEqual([verifierKey, old]);
    const pem = readFileSync(home.treeHeadKeyFile, 'utf8');
    expect(noteSigner('restored.example', pem).verifier.verifierKey).toBe(verifierKey);
    expect(() => renameLog(home, ORIGIN)).toThrow('names this log already, or did before');
    expect(rotateTreeHeadKey(home, 'restored.example')).toMatch(/^restored\.example\+/);
  });

  it('keeps a password for each database role, and leaves a given login alone', () => {
    const file = join(folder, 'passwords.json');
    const own = 'postgres://audit:secret@db.example/bulkhead';
    const urls = roleUrls(
      'postgres://admin:a@db.example:5433/bulkhead?sslmode=require',
      { AUDIT_DATABASE_URL: own },
      file,
    );
    expect(urls.apiUrl).toMatch(
      /^postgres:\/\/bulkhead_api:[0-9a-f]{64}@db\.example:5433\/bulkhead\?sslmode=require$/,
    );
    expect(urls.auditUrl).toBe(own);
    expect(new URL(urls.apiUrl).password).not.toBe(new URL(urls.workerUrl).password);
    expect(roleUrls('postgres://admin:a@db.example/x', {}, file).apiUrl).toContain(
      new URL(urls.apiUrl).password,
    );
    expect(modeOf(file)).toBe(0o600);
  });
});
