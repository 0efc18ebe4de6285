import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Agenda } from './agenda.js';

/** From the same moment to years: every wheel, and what lies beyond them. */
const delays = fc.oneof(
  fc.nat(3),
  fc.nat(3_000),
  fc.nat(3_000_000),
  fc.nat(2 ** 31 - 1),
  fc.nat(40).map((n) => n * 2 ** 30),
);
const acts = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('add' as const), ms: delays }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), nth: fc.nat(200) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: delays }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('jump' as const) }) },
);

/** The plainest agenda there is: a list, searched from its beginning each time. */
class SortedList {
  private readonly list: { dueMs: number; order: number }[] = [];

  add(dueMs: number, order: number): void {
    this.list.push({ dueMs, order });
    this.list.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
  }

  cancel(order: number): boolean {
    const at = this.list.findIndex((entry) => entry.order === order);
    if (at >= 0) this.list.splice(at, 1);
    return at >= 0;
  }

  get first() {
    return this.list[0];
  }

  take(untilMs: number) {
    const first = this.first;
    return first !== undefined && first.dueMs <= untilMs ? this.list.shift() : undefined;
  }

  get size(): number {
    return this.list.length;
  }
}

describe('an agenda', () => {
  it('gives what a sorted list gives, equals in the order of asking, whatever is added, cancelled and passed', () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 200 }), (history) => {
        const startMs = 1_750_000_000_000;
        const agenda = new Agenda(startMs);
        const list = new SortedList();
        const tickets: number[] = [];
        let nowMs = startMs;
        let ran = -1;
        const passUntil = (untilMs: number, most: number) => {
          for (let n = 0; n < most; n++) {
            const expected = list.take(untilMs);
            const run = agenda.take(untilMs);
            run?.();
            expect(run === null ? undefined : { dueMs: agenda.takenMs, order: ran }).toEqual(
              expected,
            );
            if (expected === undefined) break;
            nowMs = expected.dueMs;
          }
        };
        for (const act of history) {
          if (act.kind === 'add') {
            const order = tickets.length;
            const run = () => {
              ran = order;
            };
            tickets.push(agenda.add(nowMs + act.ms, run));
            list.add(nowMs + act.ms, order);
          } else if (act.kind === 'cancel' && tickets.length > 0) {
            const order = act.nth % tickets.length;
            expect(agenda.cancel(tickets[order] as number)).toBe(list.cancel(order));
          } else if (act.kind === 'jump') {
            passUntil(Number.MAX_SAFE_INTEGER, 1);
          } else if (act.kind === 'pass') {
            const untilMs = nowMs + act.ms;
            passUntil(untilMs, history.length + 1);
            nowMs = untilMs;
          }
          expect(agenda.size).toBe(list.size);
          expect(agenda.nextMs()).toBe(list.first?.dueMs ?? null);
        }
        passUntil(Number.MAX_SAFE_INTEGER, history.length + 1);
        expect(agenda.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('uses the place of what has gone again, and an old ticket does not cancel its successor', () => {
    const agenda = new Agenda(0);
    const first = agenda.add(10, () => {});
    expect(agenda.cancel(first)).toBe(true);
    const ran: string[] = [];
    agenda.add(10, () => ran.push('second'));
    expect(agenda.cancel(first)).toBe(false);
    agenda.take(10)?.();
    expect(ran).toEqual(['second']);
  });

  it('forgets at once what was cancelled, so that a timer set and stopped a million times leaks nothing', () => {
    const agenda = new Agenda(0);
    for (let n = 0; n < 1_000_000; n++) agenda.cancel(agenda.add(n % 5_000_000, () => {}));
    expect(agenda.size).toBe(0);
    expect(agenda.places).toBe(1);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, 4])(
    'refuses %s as a time when it is 5',
    (at) => {
      const agenda = new Agenda(5);
      expect(() => agenda.add(at, () => {})).toThrow(RangeError);
    },
  );
});
