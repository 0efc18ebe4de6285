import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  canonicalLeaf,
  hashLeafText,
  openTreeHead,
  parseEntryLine,
  signTreeHead,
  verifyInclusion,
} from '@bulkhead/event-store/proof';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anySigner } from '../../../libs/event-store/src/tree/tree-world.contract.js';
import { LogUnderTest } from './log-under-test.js';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-export-'));
const exported = join(folder, 'export');
let log: LogUnderTest;
let older: number;
let size: number;

beforeAll(async () => {
  log = await LogUnderTest.start();
});
afterAll(async () => {
  await log.stop();
  rmSync(folder, { recursive: true });
});

/** Nothing of a server: what an auditor runs on another machine. */
const offline = (...words: string[]) => log.offline('log', 'verify', ...words);

const file = (name: string) => join(exported, name);
const LOG = 'log.ndjson';

describe('before the first tree head is signed', () => {
  it('nothing verifies, and nothing can be exported', async () => {
    const verified = await log.bulkhead('log', 'verify');
    expect(verified.exitCode).toBe(1);
    expect(verified.stdout).toContain('no tree head covers the log, so nothing is proved');
    for (const words of [['export', exported], ['tree-head']]) {
      const { exitCode, stderr } = await log.bulkhead('log', ...words);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('No tree head has been signed yet');
    }
    const { exitCode, stderr } = await log.bulkhead('log', 'prove', '1');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('NO_TREE_HEAD');
    expect(existsSync(exported)).toBe(false);
    older = await log.sign();
    await log.grow(5);
    size = await log.sign();
  });
});

describe('an export', () => {
  it('holds the log, its tree head and the keys, and verifies without any server', async () => {
    const { exitCode, stdout } = await log.bulkhead('log', 'export', exported);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`${size} entries`)]);
    expect(existsSync(`${exported}.partial`)).toBe(false);
    expect(readFileSync(file('latest.tree-head'), 'utf8')).toBe(
      readFileSync(log.latestHead, 'utf8'),
    );
    const words = ['--keys', log.verifierKeysFile, '--from', log.history, exported];
    const found = await offline(...words);
    expect(found).toMatchObject({ exitCode: 0, stderr: '' });
    expect(found.stdout).toMatch(new RegExp(`^verified  ${size} entries, root hash \\S+=$`, 'm'));
    expect(found.stdout).toContain(`signed    ${size} of them by log.example/test`);
    expect(found.stdout).toMatch(/kept +\d+ tree heads agree/);
  });

  it('never overwrites what is there', async () => {
    const before = readFileSync(file(LOG), 'utf8');
    const again = await log.bulkhead('log', 'export', exported);
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toContain('an export never overwrites');
    mkdirSync(join(folder, 'other.partial'));
    const other = await log.bulkhead('log', 'export', join(folder, 'other'));
    expect([other.exitCode, existsSync(join(folder, 'other'))]).toEqual([2, false]);
    expect(other.stderr).toContain('another export runs, or one was killed');
    expect(readFileSync(file(LOG), 'utf8')).toBe(before);
  });

  it('is refused with keys that never signed this log, and leaves nothing behind', async () => {
    const foreign = join(folder, 'foreign-keys');
    writeFileSync(foreign, `${anySigner('log.example/test').verifier.verifierKey}\n`);
    const elsewhere = join(folder, 'elsewhere');
    const refused = await log.bulkhead('log', 'export', '--keys', foreign, elsewhere);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('The tree head of the server cannot be trusted');
    expect([existsSync(elsewhere), existsSync(`${elsewhere}.partial`)]).toEqual([false, false]);
  });

  it('says that keys which came with it prove little', async () => {
    const { exitCode, stderr } = await offline(exported);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('The verifier keys come from the export that is being verified');
  });

  const lines = () => readFileSync(file(LOG), 'utf8').split('\n').slice(0, -1);
  const joined = (all: readonly string[]) => `${all.join('\n')}\n`;

  it.each<[string, (all: string[]) => string, object]>([
    ['a line is missing', (all) => joined(all.toSpliced(older, 1)), { kind: 'gap' }],
    [
      'two lines changed places',
      (all) => joined(all.with(older, all[older + 1] ?? '').with(older + 1, all[older] ?? '')),
      { kind: 'out-of-order' },
    ],
    [
      'a line was repeated',
      (all) => joined(all.toSpliced(older, 0, all[older - 1] ?? '')),
      { kind: 'repeated' },
    ],
    ['its end is missing', (all) => joined(all.slice(0, older)), { kind: 'truncated' }],
    ['it was cut off within a line', (all) => joined(all).slice(0, -40), { kind: 'malformed' }],
    [
      'it holds a field that no proof covers',
      (all) => joined(all.with(older, `${(all[older] ?? '').slice(0, -1)},"note":"x"}`)),
      { kind: 'malformed' },
    ],
    ['it is empty', () => '', { kind: 'truncated', firstBadPosition: 1 }],
  ])('does not verify where %s', async (_, change, expected) => {
    const genuine = lines();
    writeFileSync(file(LOG), change([...genuine]));
    const words = ['--json', '--keys', log.verifierKeysFile, '--from', log.history, exported];
    const { exitCode, stdout } = await offline(...words);
    writeFileSync(file(LOG), joined(genuine));
    expect(exitCode).toBe(1);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ verified: false, ...expected });
    expect(found.firstBadPosition).toBeLessThanOrEqual(found.lastBadPosition);
  });

  it('of which a byte was edited is told apart between the heads that were kept', async () => {
    const genuine = lines();
    const edited = (genuine[older] ?? '').replace('Tenant', 'Renter');
    writeFileSync(file(LOG), joined(genuine.with(older, edited)));
    const words = ['--json', '--keys', log.verifierKeysFile, '--from', log.history, exported];
    const found = JSON.parse((await offline(...words)).stdout);
    writeFileSync(file(LOG), joined(genuine));
    expect(found).toMatchObject({ kind: 'root-differs', firstBadPosition: older + 1 });
    expect(found.lastBadPosition).toBeLessThanOrEqual(size);
  });

  it('that is not UTF-8 is refused instead of repaired', async () => {
    const genuine = readFileSync(file(LOG));
    const edited = Buffer.from(genuine);
    const lineEnds = [...edited.keys()].filter((at) => edited[at] === 0x0a);
    edited[(lineEnds[older] as number) - 20] = 0xff;
    writeFileSync(file(LOG), edited);
    const { exitCode, stdout } = await offline('--keys', log.verifierKeysFile, exported);
    writeFileSync(file(LOG), genuine);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('not UTF-8')]);
    expect(stdout).toContain(`first bad position ${older + 1}\n`);
  });

  it('without its files, or with files that are none, is wrong usage', async () => {
    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'no key');
    for (const [words, sentence] of [
      [[join(folder, 'nothing')], 'cannot be read: there is no such file'],
      [['--keys', join(folder, 'nothing'), exported], 'cannot be read: there is no such file'],
      [['--keys', wrong, exported], 'is not a verifier key'],
      [['--from', join(folder, 'nothing'), exported], 'cannot be read: there is no such file'],
      [['--from', wrong, exported], `${wrong} cannot be read as tree heads: line 1: its end is`],
      [['--from', log.verifierKeysFile, exported], 'line 1: it is a verifier key'],
      [[''], 'it is empty'],
    ] as const) {
      const { exitCode, stderr } = await offline(...words);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    }
  });

  it('holds nothing that no tree head covers, unless the one who verifies allows it', async () => {
    const genuine = readFileSync(file('latest.tree-head'));
    const earlier = log.heads().find((head) => head.size === older)?.signedNote ?? '';
    writeFileSync(file('latest.tree-head'), earlier);
    const words = ['--keys', log.verifierKeysFile, exported];
    const refused = await offline(...words);
    const allowed = await offline('--allow-unsigned', '--json', ...words);
    writeFileSync(file('latest.tree-head'), genuine);
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toContain(`no tree head covers positions ${older + 1} to ${size}`);
    expect(allowed.exitCode).toBe(0);
    expect(JSON.parse(allowed.stdout)).toMatchObject({
      ...{ verified: true, signedSize: older },
      ...{ unsignedEntries: size - older, firstUnsignedPosition: older + 1 },
    });
  });

  it('of a log with another name since a restore agrees with heads of the earlier one', async () => {
    const renamed = anySigner('log.example/restored');
    const genuine = readFileSync(file('latest.tree-head'), 'utf8');
    const { rootHash } = openTreeHead(genuine, log.settings.verifiers());
    const both = join(folder, 'both-keys');
    const ours = readFileSync(log.verifierKeysFile, 'utf8');
    writeFileSync(both, `${renamed.verifier.verifierKey}\n${ours}`);
    const kept = join(folder, 'old-heads');
    writeFileSync(kept, genuine);
    writeFileSync(file('latest.tree-head'), signTreeHead({ size, rootHash }, renamed).signedNote);
    const words = ['--keys', both, '--from', kept, exported];
    const agreed = await offline(...words);
    const { signer } = log.settings;
    const other = signTreeHead({ size: older, rootHash: Buffer.alloc(32) }, signer);
    writeFileSync(kept, other.signedNote);
    const differs = await offline(...words);
    writeFileSync(file('latest.tree-head'), genuine);
    expect([agreed.exitCode, agreed.stderr]).toEqual([0, '']);
    expect(agreed.stdout).toContain(`signed    ${size} of them by log.example/restored`);
    expect(agreed.stdout).toContain(
      `1 tree head agrees under its earlier name log.example/test (${kept})`,
    );
    expect(differs.exitCode).toBe(1);
    expect(differs.stdout).toContain(`of size ${older} under the name log.example/test`);
  });

  it('is held against every file of heads that is named, half-written last lines aside', async () => {
    const copy = join(folder, 'copy.ndjson');
    const text = readFileSync(log.history, 'utf8');
    writeFileSync(copy, text.slice(0, -60));
    const words = ['--keys', log.verifierKeysFile, '--from', copy, '--from', log.history];
    const found = await offline(...words, exported);
    const heads = log.heads().length;
    expect(found).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining(`${copy}: line ${heads}, its last, is only the beginning`),
    });
    expect(found.stdout).toContain(`(${copy})\n`);
    expect(found.stdout).toContain(`  kept      ${heads} tree heads agree (${log.history})`);
  });
});

describe('the proof of one event', () => {
  it('is fetched and checked here, against the pinned keys', async () => {
    const words = ['prove', String(older + 1), '--keys', log.verifierKeysFile];
    const proved = await log.bulkhead('log', ...words);
    expect([proved.exitCode, proved.stderr]).toEqual([0, '']);
    expect(proved.stdout).toContain(`position ${older + 1} is in the log of ${size}`);
    expect(proved.stdout).toContain('TenantRegistered of ten_');
    const beyond = await log.bulkhead('log', 'prove', String(size + 1));
    expect([beyond.exitCode, beyond.stderr]).toEqual([
      3,
      expect.stringContaining('NOT_SIGNED_YET'),
    ]);
  });
});

describe('a proof that is kept', () => {
  it('holds everything that it takes to check it again, with the event as an export has it', async () => {
    const words = ['prove', String(older + 1), '--json', '--keys', log.verifierKeysFile];
    const kept = JSON.parse((await log.bulkhead('log', ...words)).stdout);
    const { body: served } = await log.get(`proof/inclusion?position=${older + 1}`);
    const { leafIndex, treeSize, leafHash, hashes, rootHash, checkpoint } = served;
    expect(kept).toMatchObject({
      ...{ verified: true, problem: null, position: older + 1 },
      ...{ leafIndex, treeSize, leafHash, hashes, rootHash, checkpoint },
    });
    const line = readFileSync(file(LOG), 'utf8').split('\n')[older] as string;
    expect(JSON.stringify(kept.entry)).toBe(line);
    const root = openTreeHead(kept.checkpoint, log.settings.verifiers()).rootHash;
    const proof = kept.hashes.map((hash: string) => Buffer.from(hash, 'base64'));
    const leaf = hashLeafText(canonicalLeaf(parseEntryLine(JSON.stringify(kept.entry))));
    const claim = { index: kept.leafIndex, size: kept.treeSize, root, proof, leafHash: leaf };
    expect(verifyInclusion(claim)).toBe(true);
  });
});

describe('the tree head', () => {
  it('is printed as it is signed, and written only where nothing is', async () => {
    const { stdout } = await log.bulkhead('log', 'tree-head', '--keys', log.verifierKeysFile);
    expect(stdout).toBe(readFileSync(log.latestHead, 'utf8'));
    const kept = join(folder, 'kept');
    for (const exitCode of [0, 2]) {
      expect((await log.bulkhead('log', 'tree-head', '-o', kept)).exitCode).toBe(exitCode);
    }
    expect(readFileSync(kept, 'utf8')).toBe(stdout);
  });
});
