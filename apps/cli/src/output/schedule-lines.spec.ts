import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import {
  runLines,
  type ShownRun,
  type ShownSchedule,
  scheduleLines,
  scheduleListLines,
  timeLines,
} from './schedule-lines.js';

const plain = pc.createColors(false);
const fired: ShownRun = {
  plannedAt: '2026-11-21T01:30:00.000Z',
  settledAt: '2026-11-21T01:30:00.412Z',
  ...{ outcome: 'fired', batchId: 'bat_2', replaces: ['bat_1'], cause: null, detail: null },
  missed: null,
};
const shown: ShownSchedule = {
  ...{ id: 'sch_1', name: 'nightly', status: 'active', cron: '30 2 * * *', taskCount: 4 },
  ...{ timeZone: 'Europe/Berlin', overlap: 'replace', catchUpLimit: 1, lastRun: fired },
  nextAt: '2026-11-22T01:30:00.000Z',
  paused: null,
};

describe('schedules for a person', () => {
  it('say when they fire next, and what became of the last time', () => {
    expect(scheduleLines(shown, plain)).toEqual([
      'sch_1  active  30 2 * * * (Europe/Berlin), next 2026-11-22T01:30:00.000Z  nightly',
      '  overlap    replace, makes up for at most 1',
      '  fires      4 tasks',
      '  last       2026-11-21T01:30:00.000Z  fired  bat_2, in place of bat_1',
    ]);
  });

  it('say since when they are paused, and why', () => {
    const paused = { since: '2026-11-21T10:42:30.000Z', reason: 'bad input' };
    expect(scheduleLines({ ...shown, status: 'paused', paused }, plain)[1]).toBe(
      '  paused     2026-11-21T10:42:30.000Z: bad input',
    );
  });

  it('are a row each in lists, with their expression and zone, and what comes next', () => {
    expect(scheduleListLines([shown], plain)).toEqual([
      'sch_1  active  30 2 * * * (Europe/Berlin), next 2026-11-22T01:30:00.000Z  nightly',
    ]);
    const paused = { ...shown, status: 'paused', nextAt: null, name: null };
    expect(scheduleListLines([paused], plain)).toEqual([
      'sch_1  paused  30 2 * * * (Europe/Berlin)  (name erased)',
    ]);
    expect(scheduleListLines([], plain)).toEqual(['no schedule matches']);
  });

  it('have times that say what clocks of their zone show then', () => {
    const items = ['2026-03-29T00:30:00.000Z', '2026-03-29T01:00:00.000Z'];
    expect(timeLines({ timeZone: 'Europe/Berlin', items })).toEqual([
      '2026-03-29T00:30:00.000Z  Sun 2026-03-29 01:30 Europe/Berlin',
      '2026-03-29T01:00:00.000Z  Sun 2026-03-29 03:00 Europe/Berlin',
    ]);
    expect(timeLines({ timeZone: 'UTC', items: [] })).toEqual(['no time is planned']);
  });

  it('have runs that say where one was made up for, and how late', () => {
    const late = { ...fired, replaces: [], settledAt: '2026-11-21T01:31:13.200Z' };
    const soon = { ...late, settledAt: '2026-11-21T01:30:20.000Z' };
    const inTime = { ...late, settledAt: '2026-11-21T01:30:05.000Z' };
    expect(runLines([late, soon, inTime], plain)).toEqual([
      '2026-11-21T01:30:00.000Z  fired  bat_2, made up for, 73 s late',
      '2026-11-21T01:30:00.000Z  fired  bat_2, 20 s late',
      '2026-11-21T01:30:00.000Z  fired  bat_2',
    ]);
  });

  it('have runs that say why nothing was fired', () => {
    const skipped = { ...fired, outcome: 'skipped', cause: 'overlap', detail: 'It runs.' };
    const missed = { count: null, firstPlannedAt: '2026-11-20T00:00:00.000Z' };
    const runs = [skipped, { ...fired, outcome: 'missed', batchId: null, missed }];
    expect(runLines(runs, plain)).toEqual([
      '2026-11-21T01:30:00.000Z  skipped  overlap: It runs. (bat_2)',
      '2026-11-21T01:30:00.000Z  missed  more than anybody counted since 2026-11-20T00:00:00.000Z',
    ]);
    expect(runLines([], plain)).toEqual(['nothing was planned yet']);
  });
});
