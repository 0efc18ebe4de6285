import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { treeHeadsIn } from '../proof/head-history.js';
import { EMPTY_ROOT } from '../proof/tree-hash.js';
import { signTreeHead } from '../proof/tree-head.js';
import { HEAD_HISTORY_FILE, HeadFiles, LATEST_HEAD_FILE } from './head-files.js';
import { anySigner } from './tree-world.contract.js';

const signer = anySigner();
const signedAtMs = Date.UTC(2026, 10, 21);
const headOf = (size: number) => ({
  ...signTreeHead({ size, rootHash: EMPTY_ROOT }, signer),
  signedAtMs,
});

let folder: string;
let files: HeadFiles;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'bulkhead-heads-')), 'made', 'by', 'export');
  files = new HeadFiles(folder, () => [signer.verifier]);
});
afterEach(() => rmSync(join(folder, '../../..'), { recursive: true }));

const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const sizes = () => treeHeadsIn(text(HEAD_HISTORY_FILE), [signer.verifier]).map(({ size }) => size);

describe('the folder of tree heads', () => {
  it('holds the latest head as other software takes it, and every head in its history', async () => {
    expect(await files.latest()).toBeNull();
    await files.export(headOf(3));
    await files.export(headOf(5));
    expect(text(LATEST_HEAD_FILE)).toBe(headOf(5).signedNote);
    expect((await files.latest())?.size).toBe(5);
    expect(sizes()).toEqual([3, 5]);
    expect(readdirSync(folder).sort()).toEqual([LATEST_HEAD_FILE, HEAD_HISTORY_FILE]);
  });

  it('is not turned back by an older head, and takes the same one once', async () => {
    for (const size of [5, 5, 3]) await files.export(headOf(size));
    expect((await files.latest())?.size).toBe(5);
    expect(sizes()).toEqual([5]);
  });

  it('loses no head to a line that a crash has cut off', async () => {
    await files.export(headOf(3));
    appendFileSync(join(folder, HEAD_HISTORY_FILE), '{"size":4,"rootH');
    await files.export(headOf(5));
    expect(sizes()).toEqual([3, 5]);
  });

  it('may be written to by several workers at once', async () => {
    const workers = [1, 2, 3].map(() => new HeadFiles(folder, () => [signer.verifier]));
    for (let size = 1; size <= 20; size += 1) {
      await Promise.all(workers.map((one) => one.export(headOf(size))));
    }
    expect([...new Set(sizes())]).toEqual(Array.from({ length: 20 }, (_, nr) => nr + 1));
    expect((await files.latest())?.size).toBe(20);
  });
});
