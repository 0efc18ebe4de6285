import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { jsonOf, jsonOrLinesOf } from './json-file.js';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-json-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string, name = 'some.json'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('a file that describes something', () => {
  it('may begin with the mark that editors of Windows put there', async () => {
    expect(await jsonOf(file('\uFEFF{"a": 1}', 'marked.json'))).toEqual({ a: 1 });
  });

  it.each([
    ['{"a": 1,\n "b": [1, 2,]}', 'line 2, column 13'],
    ['{"a": 1,\n "b": tru}', 'line 2, column 7'],
    ['{"a" 1}', 'line 1, column 6'],
    ["{'a': 1}", 'line 1, column 2'],
    ['{"a": 1}\n}', 'line 2, column 1'],
    ['{"a": "b\nc"}', 'line 1, column 7'],
    ['{"a": {"b": 01}}', 'line 1, column 14'],
    ['{"a": 1', 'line 1, column 8'],
    ['['.repeat(5_000), 'line 1, column '],
  ])('is told where it is no JSON: %j', async (text, where) => {
    expect(() => JSON.parse(text)).toThrow();
    await expect(jsonOf(file(text))).rejects.toThrow(`some.json is not JSON: ${where}`);
  });

  it('is told to be empty, rather than where it is no JSON', async () => {
    for (const text of ['', '\uFEFF \n']) {
      await expect(jsonOf(file(text))).rejects.toThrow(/some\.json is empty$/);
    }
  });

  it('is told where it gives a field for the second time, because only one of both would be sent', async () => {
    const twice = '{"name": "a",\n "tasks": [{"n": 1}, {"n": 2,\n   "\\u006e": 3}]}';
    const told = 'some.json gives a field more than once: line 3, column 4';
    await expect(jsonOf(file(twice))).rejects.toThrow(told);
    await expect(jsonOrLinesOf(file(twice))).rejects.toThrow(told);
  });

  it('says of lines of JSON how they are told apart', async () => {
    const lines = '{"name":"a"}\n{"env":{}}\n';
    await expect(jsonOrLinesOf(file(lines))).rejects.toThrow(
      'line 2, column 1; lines of JSON are read of a file *.ndjson',
    );
    expect(await jsonOrLinesOf(file(lines, 'some.ndjson'))).toEqual({ lines });
    expect(await jsonOrLinesOf('-', Readable.from([lines]))).toEqual({ lines });
  });

  it('may come in by standard input', async () => {
    expect(await jsonOf('-', Readable.from(['{"a":', ' 1}']))).toEqual({ a: 1 });
    expect(await jsonOrLinesOf('-', Readable.from(['{\n"a": 1\n}\n']))).toEqual({ json: { a: 1 } });
    await expect(jsonOf('-', Readable.from(['{']))).rejects.toThrow(
      'standard input is not JSON: line 1, column 2',
    );
  });

  it('says in words why it cannot be read', async () => {
    await expect(jsonOf(join(folder, 'none.json'))).rejects.toThrow('there is no such file');
    await expect(jsonOf(folder)).rejects.toThrow('cannot be read: it is a folder');
  });
});
