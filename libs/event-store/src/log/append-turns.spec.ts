import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppendQueue, GROUP_LIMITS, type Outcome } from './append-queue.js';
import { type EncodedAppend, encodeAppend } from './encode-append.js';
import { append, write } from './samples.contract.js';

const APPENDED = { firstPosition: 1, lastPosition: 1, recordedAtMs: 1 };
const SAMPLE = encodeAppend(append(write('wl_1', 0)));

/** Few names, so that most appends are in each other's way; some so large that groups are full. */
const name = fc.constantFrom('wl_1', 'wl_2', 'host_1', 'host_2', 'key 1');
const member = fc
  .record({
    writes: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
    guards: fc.array(name, { maxLength: 3 }),
    eventCount: fc.constantFrom(1, 1, 1, GROUP_LIMITS.events / 2, GROUP_LIMITS.events + 1),
  })
  .map(({ writes, guards, eventCount }): EncodedAppend => {
    return { ...SAMPLE, writes, touches: [...writes, ...guards], eventCount };
  });
const arrivals = fc.record({ arrive: fc.array(member, { maxLength: 12 }) });
const answer = fc.record({ answerGroup: fc.nat(2), fails: fc.boolean() });
const story = fc.array(fc.oneof(arrivals, answer), { maxLength: 30 });

type Arrival = { readonly member: EncodedAppend; settled: boolean };
type Group = { readonly members: readonly Arrival[]; end(fails: boolean): void };

const share = (some: readonly string[], others: readonly string[]) =>
  some.some((one) => others.includes(one));

/** Keeps the book on a queue, and checks every group that leaves against the rules, told the slow way. */
class Witness {
  readonly arrived: Arrival[] = [];
  private readonly notEnded: Arrival[] = [];
  private readonly waiting: Arrival[] = [];
  private readonly groups: Group[] = [];
  private readonly queue: AppendQueue;
  readonly surprises: unknown[] = [];

  constructor(private readonly inFlightMax: number) {
    this.queue = new AppendQueue((members) => this.send(members), inFlightMax);
  }

  arrive(original: EncodedAppend): void {
    // The same shape may arrive twice, and is two appends then.
    const arrival: Arrival = { member: { ...original }, settled: false };
    for (const list of [this.arrived, this.notEnded, this.waiting]) list.push(arrival);
    const settle = () => {
      if (arrival.settled) this.surprises.push('answered twice');
      arrival.settled = true;
    };
    this.queue.push(arrival.member).then(settle, settle);
  }

  answer(nr: number, fails: boolean): void {
    this.groups.splice(nr % Math.max(1, this.groups.length), 1)[0]?.end(fails);
  }

  /** Where a group could leave, nobody is waiting who might be in it. */
  expectNobodyHeldBack(): void {
    if (this.groups.length < this.inFlightMax) expect(this.nextGroup()).toEqual([]);
  }

  get underWay(): number {
    return this.groups.length;
  }

  private send(members: readonly EncodedAppend[]): Promise<readonly Outcome[]> {
    const expected = this.nextGroup();
    if (
      expected.length !== members.length ||
      expected.some((one, at) => one.member !== members[at])
    )
      this.surprises.push({ members, expected });
    for (const one of expected) this.waiting.splice(this.waiting.indexOf(one), 1);
    return new Promise((resolve, reject) => {
      const end = (fails: boolean) => {
        for (const one of expected) this.notEnded.splice(this.notEnded.indexOf(one), 1);
        if (fails) reject(new Error('down'));
        else resolve(expected.map(() => APPENDED));
      };
      this.groups.push({ members: expected, end });
    });
  }

  /** Everybody in order of arrival who may leave, until one finds no room. */
  private nextGroup(): readonly Arrival[] {
    const group: Arrival[] = [];
    for (const one of this.waiting) {
      if (!this.mayLeave(one, group)) continue;
      const eventCount = group.reduce((sum, { member }) => sum + member.eventCount, 0);
      const fits = eventCount + one.member.eventCount <= GROUP_LIMITS.events;
      if (group.length > 0 && !fits) break;
      group.push(one);
    }
    return group;
  }

  /** It touches nothing that an earlier one writes, and writes only what guards of its own group touch. */
  private mayLeave(one: Arrival, group: readonly Arrival[]): boolean {
    const earlier = this.notEnded.slice(0, this.notEnded.indexOf(one));
    return earlier.every((other) => {
      if (share(one.member.touches, other.member.writes)) return false;
      return group.includes(other) || !share(one.member.writes, other.member.touches);
    });
  }
}

/** Resolves after a turn of the event loop in which whatever was to leave has left. */
async function turnsPass(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('appends that wait', () => {
  it('leave in order of arrival wherever one writes what another touches, and all of them leave', async () => {
    await fc.assert(
      fc.asyncProperty(story, fc.integer({ min: 1, max: 3 }), async (steps, inFlightMax) => {
        const witness = new Witness(inFlightMax);
        for (const step of steps) {
          if ('arrive' in step) for (const one of step.arrive) witness.arrive(one);
          else witness.answer(step.answerGroup, step.fails);
          await turnsPass();
          witness.expectNobodyHeldBack();
        }
        while (witness.underWay > 0) {
          witness.answer(0, false);
          await turnsPass();
        }
        expect(witness.surprises).toEqual([]);
        expect(witness.arrived.filter(({ settled }) => !settled)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
