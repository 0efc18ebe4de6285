import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATASTORES, datastoreOf } from '../system/datastore.js';
import { actsWith } from '../system/schedule.js';
import { buildOf, keep, type Run, runsIn } from './record.js';
import { type LongRun, longRunOf } from './settings.js';
import { EVERY_ACT_FROM_SCHEDULES, lineOf, summaryOf } from './summary.js';

const BUILD = '0123456789abcdef';
const EACH_ACT = DATASTORES.flatMap((queues) => actsWith(queues)).map(({ name }) => name);

function run(seed: number, changes: Partial<Run> = {}): Run {
  return {
    seed,
    queues: datastoreOf(seed),
    asked: { workloads: 500, seconds: 30 },
    build: BUILD,
    brokenOff: false,
    endedAt: '2026-01-01T00:00:00.000Z',
    tookSeconds: 60,
    wrong: [],
    schedule: '',
    workloads: 510,
    events: 4_000,
    failedTries: 7,
    acts: Object.fromEntries(EACH_ACT.map((name) => [name, 1])),
    phases: {},
    ...changes,
  };
}

const asked = (seeds: string): LongRun => longRunOf(['--seeds', seeds]);
const runs = (count: number, changes: Partial<Run> = {}) =>
  Array.from({ length: count }, (_, at) => run(at + 1, changes));

describe('a long run', () => {
  it('has fifty seeds of five hundred workloads unless it is told otherwise', () => {
    expect(longRunOf([])).toEqual({
      ...{ firstSeed: 1, lastSeed: 50, workloads: 500, seconds: 30, record: null },
    });
    expect(asked('7')).toMatchObject({ firstSeed: 7, lastSeed: 7 });
  });

  it.each([
    ['--seeds', '50..1'],
    ['--seeds', 'all'],
    ['--seeds', '0..3'],
    ['--workloads', '0'],
    ['--seconds', '1.5'],
    ['--speed', '9'],
  ])('refuses %s %s, and says how it is used', (name, value) => {
    expect(() => longRunOf([name, value])).toThrow(/usage: npm run test:chaos-long/);
  });

  it('passes only where every seed was run and nothing was wrong', () => {
    expect(summaryOf(runs(3), asked('1..3'), BUILD, 1)).toMatchObject({
      ...{ passed: true, schedules: 3, failed: [], resumed: 1, workloads: 1_530 },
      byDatastore: { Postgres: 1, Redis: 1, 'Redis with appendonly': 1 },
    });
    expect(summaryOf(runs(2), asked('1..3'), BUILD, 0).passed).toBe(false);
    const broken = [...runs(2), run(3, { wrong: ['wl_1 ran twice'] })];
    expect(summaryOf(broken, asked('1..3'), BUILD, 0)).toMatchObject({
      passed: false,
      failed: [3],
    });
  });

  it('names what never happened, and does not pass where it had enough schedules to draw it', () => {
    const acts = { 'kill a worker': 1 };
    const many = EVERY_ACT_FROM_SCHEDULES;
    const few = summaryOf(runs(2, { acts }), asked('1..2'), BUILD, 0);
    expect(few.neverHappened).toEqual(
      [...new Set(EACH_ACT)].filter((name) => name !== 'kill a worker'),
    );
    expect(few.passed).toBe(true);
    expect(summaryOf(runs(many, { acts }), asked(`1..${many}`), BUILD, 0).passed).toBe(false);
    expect(summaryOf(runs(many), asked(`1..${many}`), BUILD, 0).passed).toBe(true);
  });

  it('tells of each schedule in one line, and what was wrong in it', () => {
    expect(lineOf(run(2))).toBe(
      `seed 2 (queues in Postgres): 510 workloads, ${new Set(EACH_ACT).size} acts, 4000 events, 7 failed tries, 60 s: nothing wrong`,
    );
    expect(lineOf(run(2, { wrong: ['a', 'b'] }))).toContain('WRONG: a; b');
  });
});

describe('the record of a long run', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulkhead-long-run-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('spares what was run already of the same build and the same size, and nothing else', () => {
    const file = join(folder, 'runs.ndjson');
    expect(runsIn(file, asked('1..50'), BUILD).size).toBe(0);
    keep(file, run(1));
    keep(file, run(2, { build: 'another' }));
    keep(file, run(3, { asked: { workloads: 120, seconds: 30 } }));
    keep(file, run(4, { asked: { workloads: 500, seconds: 12 } }));
    keep(file, run(60));
    keep(file, run(8, { brokenOff: true, wrong: ['the schedule was broken off'] }));
    keep(file, run(5, { wrong: ['wl_1 ran twice'] }));
    writeFileSync(file, '\n{"seed":6,"asked":', { flag: 'a' });
    keep(file, run(7));
    const kept = runsIn(file, asked('1..50'), BUILD);
    expect([...kept.keys()]).toEqual([1, 5, 7]);
    expect(kept.get(5)?.wrong).toEqual(['wl_1 ran twice']);
  });

  it('knows a build by what is in its files', () => {
    writeFileSync(join(folder, 'a.js'), 'one');
    const before = buildOf(folder);
    expect(buildOf(folder)).toBe(before);
    writeFileSync(join(folder, 'a.js'), 'two');
    expect(buildOf(folder)).not.toBe(before);
  });
});
