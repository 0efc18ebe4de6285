import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { JournalFile, readHistory } from './journal-file.js';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${++files}.ndjson`);
const entry = (seq: number) => ({ seq, atMs: 1, bootId: 'b', kind: 'boot' }) as const;

describe('a journal on disk', () => {
  it('is empty for a host that never was', () => {
    expect(readHistory(newPath()).lastSeq).toBe(0);
  });

  it('goes on after a line that a crash cut off', () => {
    const path = newPath();
    const before = new JournalFile(path);
    before.append(entry(1));
    before.close();
    appendFileSync(path, '{"seq":2,"atMs"');
    expect(readHistory(path).lastSeq).toBe(1);
    const after = new JournalFile(path);
    after.append(entry(2));
    after.close();
    expect(readHistory(path).lastSeq).toBe(2);
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
  });

  it('reads lines that cross its blocks', () => {
    const path = newPath();
    const count = 20_000;
    const lines = Array.from({ length: count }, (_, at) => JSON.stringify(entry(at + 1)));
    writeFileSync(path, `${lines.join('\n')}\n`);
    expect(readHistory(path).lastSeq).toBe(count);
  });

  it('refuses a line that was damaged, and says which', () => {
    const path = newPath();
    writeFileSync(path, `${JSON.stringify(entry(1))}\n{"seq":\n${JSON.stringify(entry(3))}\n`);
    expect(() => readHistory(path)).toThrow('line 2');
  });
});
