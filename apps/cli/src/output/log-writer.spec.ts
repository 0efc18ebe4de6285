import { describe, expect, it } from 'vitest';
import { LogWriter, type LogWriterOptions, type ShownChunk } from './log-writer.js';

const chunk = (stream: ShownChunk['stream'], text: string): ShownChunk => ({
  ...{ attempt: 1, offset: 0, stream, text },
  writtenAt: '2026-11-21T10:42:00.000Z',
});

function written(
  chunks: readonly ShownChunk[],
  { isTTY = false, ...options }: Partial<LogWriterOptions> & { isTTY?: boolean } = {},
) {
  const told = { stdout: '', stderr: '' };
  const into = (stream: 'stdout' | 'stderr') => {
    const write = (text: string) => {
      told[stream] += text;
    };
    return { write, isTTY } as unknown as NodeJS.WriteStream;
  };
  const streams = { stdout: into('stdout'), stderr: into('stderr') };
  const writer = new LogWriter(streams, { isJson: false, isRaw: false, ...options });
  for (const each of chunks) writer.write(each);
  return told;
}

describe('what a workload wrote, at the command line', () => {
  it('goes to the stream that it was written to, and what the service says to stderr', () => {
    const chunks = [
      chunk('stdout', 'half a'),
      chunk('stdout', ' line'),
      chunk('stderr', 'oh\n'),
      chunk('stdout', 'x'),
      chunk('notice', 'The rest is missing.\n'),
    ];
    expect(written(chunks)).toEqual({
      stdout: 'half a linex',
      stderr: 'oh\n\n[bulkhead] The rest is missing.\n',
    });
  });

  it('says on stderr where the next attempt begins, on a line of its own', () => {
    const chunks = [chunk('stdout', 'first'), { ...chunk('stdout', 'second\n'), attempt: 2 }];
    const parted = { stdout: 'firstsecond\n', stderr: '\n[bulkhead] attempt 2\n' };
    expect(written(chunks)).toEqual(parted);
    expect(written(chunks.slice(1)).stderr).toBe('');
    expect(written(chunks, { isJson: true }).stderr).toBe('');
  });

  it('cannot move the cursor of a terminal, unless that is asked for', () => {
    const chunks = [chunk('stdout', 'a\tb\u001b[2J\u009b1mc\r\n')];
    expect(written(chunks, { isTTY: true }).stdout).toBe('a\tb�[2J�1mc\r\n');
    expect(written(chunks, { isTTY: true, isRaw: true }).stdout).toBe(chunks[0]?.text);
    expect(written(chunks).stdout).toBe(chunks[0]?.text);
  });

  it('is a line of JSON for each chunk where a program reads it', () => {
    const chunks = [chunk('stdout', 'a\n'), chunk('stderr', 'b')];
    const lines = written(chunks, { isJson: true }).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(chunks);
  });
});
