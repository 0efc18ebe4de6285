import { describe, expect, it } from 'vitest';
import { batchLines, batchListLines, type ShownBatch } from './batch-lines.js';
import { scheduleListLines } from './schedule-lines.js';
import { Terminal } from './terminal.js';

const HOSTILE = 'a\u001b[2J\u009b1m\u202egpj.exe\u2066\r\nbat_1  succeeded\t\u2028';
const HARMLESS = 'a�[2J�1m�gpj.exe���bat_1  succeeded��';

function terminalOn(isTTY: boolean, isJson = false) {
  const told = { stdout: '', stderr: '' };
  const into = (stream: 'stdout' | 'stderr') => {
    const write = (text: string) => {
      told[stream] += text;
    };
    return { write, isTTY } as unknown as NodeJS.WriteStream;
  };
  const streams = { stdout: into('stdout'), stderr: into('stderr') };
  return { told, terminal: new Terminal(streams, isJson, true) };
}

const batch: ShownBatch = {
  ...{ id: 'bat_2', name: HOSTILE, status: 'failed', taskCount: 1, counts: { failed: 1 } },
  ...{ unfinished: 0, skipped: 0, progress: 1, estimatedEndAt: null, deadline: null },
  ...{ after: [], failure: null, firstFailures: [], retryOf: null, retriedBy: null, paused: null },
  ...{ submittedAt: '2026-11-21T10:42:00.000Z', endedAt: null },
};
const schedule = {
  ...{ id: 'sch_1', name: HOSTILE, status: 'active', cron: '0 6 * * *', timeZone: 'UTC' },
  ...{ overlap: 'skip', catchUpLimit: 1, nextAt: null, paused: null, lastRun: null },
};

describe('a name that would change what a terminal shows', () => {
  it('stands in its own line of a list, with every such character replaced', () => {
    const { told, terminal } = terminalOn(true);
    terminal.answer([batch], batchListLines);
    terminal.answer([schedule], scheduleListLines);
    terminal.answer(batch, batchLines);
    const lines = told.stdout.split('\n');
    for (const at of [0, 1, 2]) expect(lines[at]).toMatch(new RegExp(`  ${escaped(HARMLESS)}$`));
    expect(lines[3]).toBe('  tasks      1: 1 failed');
  });

  it('is replaced however deep it stands, names of fields too, and nothing else is changed', () => {
    const { terminal } = terminalOn(true);
    const value = { labels: [{ [HOSTILE]: HOSTILE }], count: 1, none: null, name: 'Zoë שלום 🚢' };
    expect(terminal.shown(value)).toEqual({ ...value, labels: [{ [HARMLESS]: HARMLESS }] });
  });

  it('is replaced in a file as well, which is looked at later, and left as it is for a program', () => {
    const file = terminalOn(false);
    file.terminal.answer([batch], batchListLines);
    file.terminal.warn(HOSTILE);
    for (const told of Object.values(file.told)) expect(told).not.toContain('\u001b');
    expect(file.told.stdout).toContain(HARMLESS);
    const program = terminalOn(true, true);
    program.terminal.answer(batch, batchLines);
    expect(JSON.parse(program.told.stdout)).toEqual(batch);
  });

  it('is harmless in warnings too, which may have several lines', () => {
    const { told, terminal } = terminalOn(true);
    terminal.warn('no\u001b[2J\n  that is why');
    expect(told.stderr).toBe('no�[2J\n  that is why\n');
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
