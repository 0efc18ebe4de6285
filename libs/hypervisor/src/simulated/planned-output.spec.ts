import { describe, expect, it } from 'vitest';
import { FOREVER, running, someSpec } from '../driver-scenario.contract.js';
import { Output } from './output.js';
import { plannedOutput } from './planned-output.js';

describe('what a simulated workload writes', () => {
  it('is what it was given, spread over the time of its run', () => {
    const spec = someSpec('process', {
      ...running({ durationMs: 400 }),
      simulatedStdout: 'a\nb\nc',
    });
    expect(plannedOutput(spec)).toEqual([
      { stream: 'stdout', text: 'a\n', afterMs: 100 },
      { stream: 'stdout', text: 'b\n', afterMs: 200 },
      { stream: 'stdout', text: 'c', afterMs: 300 },
    ]);
  });

  it('comes in few chunks, however many lines there are', () => {
    const simulatedStdout = '\n'.repeat(65_536);
    const planned = plannedOutput(someSpec('process', { ...running({}), simulatedStdout }));
    expect(planned.length).toBeLessThanOrEqual(110);
    expect(planned.map(({ text }) => text).join('')).toBe(simulatedStdout);
  });

  it('is made up where nothing was given, and names its command and how it ended', () => {
    const texts = (exitCode: number) =>
      plannedOutput(someSpec('process', running({ durationMs: 100, exitCode }))).map(
        ({ stream, text }) => `${stream}: ${text.trimEnd()}`,
      );
    expect(texts(0).at(0)).toBe('stdout: running cmd /c ver');
    expect(texts(0).at(-1)).toBe('stdout: done');
    expect(texts(2).at(-1)).toBe('stderr: failed with exit code 2');
  });

  it('is nothing where it has no time to write in', () => {
    expect(plannedOutput(someSpec('process', running({ durationMs: 0 })))).toEqual([]);
  });

  it('is whole where a run ends by itself, also when that is heard a moment before its time', () => {
    const output = new Output();
    output.begin(1_000, someSpec('process', running({ durationMs: 100 })));
    output.end(1_099, null, 100);
    const last = output.from(0, 1_099).at(-1);
    expect(last).toMatchObject({ text: 'done\n', writtenAtMs: 1_099 });
  });

  it('stops with its end, and an escape attempt names nobody else', () => {
    const output = new Output();
    output.begin(1_000, someSpec('process', { ...FOREVER, simulatedStdout: 'a\nb\n' }));
    output.write('stderr', 'escape attempt\n', 1_020);
    output.end(1_030, 'exit code 1\n');
    const texts = () => output.from(0, 9_000).map(({ text }) => text);
    expect(texts()).toEqual(['a\n', 'escape attempt\n', 'exit code 1\n']);
    expect(texts()).toEqual(['a\n', 'escape attempt\n', 'exit code 1\n']);
  });
});
