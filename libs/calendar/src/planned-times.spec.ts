import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidCron } from './cron.js';
import { NextTimes } from './next-times.js';
import { COUNTED_MAX, PlannedTimes } from './planned-times.js';
import { canonicalTimeZone, InvalidTimeZone } from './time-zone.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const next = (cron: string, zone: string, from: string, count = 3) =>
  new PlannedTimes(cron, zone)
    .after(Date.parse(from), count)
    .map((instant) => new Date(instant).toISOString().replace(':00.000Z', 'Z'));

describe('planned times', () => {
  it('are those of the wall clock of their zone, summer and winter', () => {
    expect(next('30 6 * * 1-5', 'Europe/Berlin', '2026-10-23T00:00:00Z')).toEqual([
      '2026-10-23T04:30Z',
      '2026-10-26T05:30Z',
      '2026-10-27T05:30Z',
    ]);
    expect(next('@monthly', 'America/New_York', '2026-01-15T00:00:00Z', 2)).toEqual([
      '2026-02-01T05:00Z',
      '2026-03-01T05:00Z',
    ]);
  });

  it('that the clock skips come as long after the jump as they lie behind its beginning', () => {
    expect(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z')).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:30Z',
      '2026-03-30T00:30Z',
    ]);
    // Half an hour is skipped on Lord Howe Island.
    expect(next('15 2 * * *', 'Australia/Lord_Howe', '2026-10-02T00:00:00Z')).toEqual([
      '2026-10-02T15:45Z',
      '2026-10-03T15:45Z',
      '2026-10-04T15:15Z',
    ]);
  });

  it('meet in one where a skipped one falls upon another', () => {
    const times = next('*/30 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 3);
    expect(times).toEqual(['2026-03-29T01:00Z', '2026-03-29T01:30Z', '2026-03-30T00:00Z']);
  });

  it('that the clock shows twice come once, at the first of them, wherever one starts to look', () => {
    const from = ['2026-10-24T12:00:00Z', '2026-10-25T00:45:00Z', '2026-10-25T01:10:00Z'];
    const firsts = from.map((start) => next('30 2 * * *', 'Europe/Berlin', start, 1)[0]);
    expect(firsts).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z', '2026-10-26T01:30Z']);
  });

  it('without an hour follow each other as instants do, through both jumps', () => {
    const everyQuarter = (zone: string, from: string, count: number) => {
      const times = new PlannedTimes('*/15 * * * *', zone).after(Date.parse(from), count);
      return times.map((instant, at) => instant - (times[at - 1] ?? instant - 15 * MINUTE_MS));
    };
    for (const [zone, from] of [
      ['Europe/Berlin', '2026-10-24T22:00:00Z'],
      ['Europe/Berlin', '2026-03-28T23:00:00Z'],
      ['Australia/Lord_Howe', '2026-04-04T13:00:00Z'],
      ['Australia/Lord_Howe', '2026-10-03T13:00:00Z'],
    ] as const) {
      expect(new Set(everyQuarter(zone, from, 30))).toEqual(new Set([15 * MINUTE_MS]));
    }
  });

  it('may be years away, and are none where a day does not exist', () => {
    expect(next('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 2)).toEqual([
      '2028-02-29T00:00Z',
      '2032-02-29T00:00Z',
    ]);
    expect(() => new PlannedTimes('0 0 30 2 *', 'UTC')).toThrow(InvalidCron);
  });

  it('that come only once in decades do not come, and nobody looks for them for long', () => {
    const fifthMondayOfFebruary = new PlannedTimes('0 0 * 2 1#5', 'UTC');
    expect(fifthMondayOfFebruary.after(Date.parse('2026-01-01T00:00:00Z'), 5)).toEqual([]);
    const leapDays = next('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 100);
    expect(leapDays).toEqual(['2028-02-29T00:00Z', '2032-02-29T00:00Z']);
  });

  it('are remembered until they have come, and asked for anew by whoever looks back', () => {
    const nextTimes = new NextTimes();
    const at = (text: string) => nextTimes.after('0 6 * * *', 'UTC', Date.parse(text));
    const sixth = Date.parse('2026-01-06T06:00:00Z');
    expect(at('2026-01-05T07:00:00Z')).toBe(sixth);
    expect(at('2026-01-06T05:59:59Z')).toBe(sixth);
    expect(at('2026-01-06T06:00:00Z')).toBe(sixth + 24 * HOUR_MS);
    expect(at('2026-01-04T07:00:00Z')).toBe(sixth - 24 * HOUR_MS);
  });

  it.each([
    '',
    '5',
    '* * * *',
    '* * * * * *',
    '@secondly',
    'H * * * *',
    '0 H(0-5) * * *',
    '60 * * * *',
    '5-1 * * * *',
    'a b c d e',
    '0 0 15W * *',
    `0 ${'1,'.repeat(200)}1 * * *`,
  ])('are none of %o, which its author is told', (cron) => {
    expect(() => new PlannedTimes(cron, 'UTC')).toThrow(InvalidCron);
  });

  it('are none of an expression whose author is told everything that is wrong with it', () => {
    const problems = (cron: string) => {
      try {
        return new PlannedTimes(cron, 'UTC') && [];
      } catch (error) {
        return (error as InvalidCron).problems;
      }
    };
    expect(problems('60 24 0,32 FOO 5-1')).toEqual([
      'minute: 60 is not from 0 to 59',
      'hour: 24 is not from 0 to 23',
      'day of month: 0 is not from 1 to 31',
      'day of month: 32 is not from 1 to 31',
      'month: FOO is not from 1 to 12, or JAN to DEC',
      'day of week: 5-1 ends before it begins',
    ]);
    expect(problems('H */0 1, 1/2/3 MON-')).toEqual([
      'minute: H is not from 0 to 59',
      'hour: the step of */0 is not a whole number from 1',
      'day of month: an entry between commas is empty',
      'month: 1/2/3 has more than one step',
      'day of week: nothing is not from 0 to 7, or SUN to SAT',
    ]);
    const never = ['no such time comes: no month that is named has such a day'];
    expect(problems('0 0 30 2 *')).toEqual(never);
    expect(problems('0 0 31 4,6,NOV *')).toEqual(never);
    expect(problems('0,*/20 1-5,3 L,1,1 * 0,MON,1')).toEqual([
      'minute: 0 is named twice',
      'hour: 3 is named twice',
      'day of month: 1 is named twice',
      'day of week: 1 is named twice',
    ]);
    expect(problems('0 0 L/2 * L')).toEqual([
      'day of month: L takes no step',
      'day of week: L needs the day before it, such as 5L for the last Friday',
    ]);
    expect(problems('0 0 * * 1#2,3')).toEqual(['day of week: 1#2 stands alone, not in a list']);
    for (const good of [
      ...['*/5 0-6,12 L * ?', '0 6 ? JAN-MAR mon-fri', '0 0 * * 1#2', '0 0 * * 5L'],
      ...['0,20,40 1-5,7/6 1,L * *', '0 0 * * 1,3-5', '0 0 29 2 *', '*/7,1 * * * 0,6'],
    ]) {
      expect(problems(good), good).toEqual([]);
    }
  });

  it('have the name of their zone in the letters of the IANA database', () => {
    for (const [typed, canonical] of [
      ['europe/berlin', 'Europe/Berlin'],
      ['ASIA/CALCUTTA', 'Asia/Kolkata'],
      ['Asia/Kolkata', 'Asia/Kolkata'],
      ['US/Pacific', 'America/Los_Angeles'],
      ['utc', 'UTC'],
    ] as const) {
      expect(canonicalTimeZone(typed)).toBe(canonical);
    }
  });

  it.each(['', 'local', '+02:00', 'UTC+2', 'Europe/Atlantis', ' UTC'])(
    'are none in %o, which is no zone',
    (zone) => {
      expect(() => new PlannedTimes('* * * * *', zone)).toThrow(InvalidTimeZone);
    },
  );
});

describe('planned times that have come', () => {
  const from = Date.parse('2026-01-01T00:00:00Z');
  const everyMinute = new PlannedTimes('* * * * *', 'UTC');
  const due = (minutes: number, newest: number) =>
    everyMinute.due(from, from + minutes * MINUTE_MS, newest);

  it('are listed, the newest of them, and those before are counted', () => {
    expect(due(2, 3)).toEqual({ due: [from + MINUTE_MS, from + 2 * MINUTE_MS], before: null });
    expect(due(0.5, 3)).toEqual({ due: [], before: null });
    expect(due(10, 2)).toEqual({
      due: [from + 9 * MINUTE_MS, from + 10 * MINUTE_MS],
      before: { count: 8, firstAtMs: from + MINUTE_MS, lastAtMs: from + 8 * MINUTE_MS },
    });
  });

  it('are not counted without end: of a year without a worker the newest are found all the same', () => {
    const minutes = 365 * 24 * 60;
    expect(due(minutes, 2)).toEqual({
      due: [from + (minutes - 1) * MINUTE_MS, from + minutes * MINUTE_MS],
      before: {
        count: null,
        firstAtMs: from + MINUTE_MS,
        lastAtMs: from + (minutes - 2) * MINUTE_MS,
      },
    });
    expect(due(COUNTED_MAX + 1, 2).before?.count).toBe(COUNTED_MAX - 1);
  });

  it('are the same forward and backward, wherever one starts, in zones that jump', () => {
    const zones = ['Europe/Berlin', 'Australia/Lord_Howe', 'America/Havana', 'Asia/Kolkata'];
    const crons = ['0 */3 * * *', '30 0-4 * * *', '*/20 * * * *', '15,45 1,2 * * 0,6', '5 2 * * *'];
    const jumps = ['2026-03-08', '2026-03-29', '2026-04-04', '2026-10-03', '2026-10-25'];
    const property = fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom(...crons),
      fc.constantFrom(...jumps),
      fc.integer({ min: -48 * 60, max: 48 * 60 }),
      (zone, cron, day, minutes) => {
        const times = new PlannedTimes(cron, zone);
        const midnight = Date.parse(`${day}T00:00:00Z`);
        const [start, end] = [midnight - 72 * HOUR_MS, midnight + 72 * HOUR_MS];
        const all = times.due(start, end, COUNTED_MAX).due;
        const cut = midnight + minutes * MINUTE_MS;
        const later = times.due(cut, end, COUNTED_MAX).due;
        expect(later).toEqual(all.filter((instant) => instant > cut));
        const backward = [...all].reverse().filter((instant) => instant <= cut);
        expect(times.upTo(cut, backward.length)).toEqual(backward);
      },
    );
    void fc.assert(property, { numRuns: 25 });
  });
});
