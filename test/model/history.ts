import { LogCheck } from '@bulkhead/checker';
import type { HostId } from '@bulkhead/domain';
import * as fc from 'fast-check';
import { acts } from './acts.js';
import { brokenBy } from './invariants.js';
import { LiveState } from './live-state.js';
import { Play } from './play.js';
import { settle } from './settle.js';
import { Tally } from './tally.js';
import { toldToGo } from './told-to-go.js';

/** One step of a history: an act by its place in the table, and whom and what it is about. */
export interface Step {
  readonly act: number;
  readonly who: number;
  readonly what: number;
}

/** What went wrong, and after how many steps. A history that is cut there goes wrong the same way. */
export interface Failure {
  readonly steps: number;
  /** Begins with the name of the invariant and a colon. */
  readonly because: string;
}

export interface Judged {
  readonly failure: Failure | null;
  readonly events: number;
  readonly eventsByType: Readonly<Record<string, number>>;
  readonly rules: Readonly<Record<string, number>>;
}

/** Each act as often as its weight. */
const drawn = acts.flatMap((act, at) => Array.from({ length: act.weight }, () => at));
const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(...drawn),
  who: fc.nat(9_999),
  what: fc.nat(99_999),
});

/** The history of a seed: so many steps, and the same ones for ever. */
export function historyOf(seed: number, steps: number): readonly Step[] {
  const arbitrary = fc.array(step, { minLength: steps, maxLength: steps, size: 'max' });
  const [history] = fc.sample(arbitrary, { seed, numRuns: 1, unbiased: true });
  if (history === undefined) throw new Error(`seed ${seed} gives no history`);
  return history;
}

/** As a test can be written from it. */
export function tellSteps(steps: readonly Step[]): string {
  return steps.map(({ act, who, what }) => `${acts[act]?.name}(${who}, ${what})`).join(' ');
}

/** Sees every event once, and holds the live system against it. */
class Judge {
  private readonly journalHosts = new Set<HostId>();
  readonly check = new LogCheck({ journalHosts: this.journalHosts });
  readonly tally = new Tally();
  private readonly live: LiveState;
  private seen = 0;

  constructor(private readonly on: Play) {
    this.live = new LiveState(on.world, this.tally);
  }

  /** The first thing that is wrong since the last time that this was asked. */
  asItStands(): string | null {
    const appended = this.on.world.log.events.slice(this.seen);
    this.seen += appended.length;
    for (const recorded of appended) {
      const because = brokenBy(recorded, this.tally);
      if (because !== null) return because;
      // Every host hands in its journal in the end.
      if (recorded.event.type === 'HostRegistered')
        this.journalHosts.add(recorded.stream as HostId);
      this.check.see(recorded);
      this.tally.record(recorded);
    }
    return this.foundByChecker() ?? this.live.differs(appended);
  }

  atTheEnd(): string | null {
    return this.live.differsAtAll();
  }

  foundByChecker(): string | null {
    const [found] = this.check.violations;
    return found === undefined ? null : `${found.check}: ${found.detail} (at ${found.position})`;
  }
}

/** Plays a history and judges after every step; then ends everything that is still open. */
export async function judgeHistory(steps: readonly Step[]): Promise<Judged> {
  const on = new Play();
  const judge = new Judge(on);
  const found = playAll(on, judge, steps);
  const report = await judge.check.finish(on.world.journals());
  const late = found === null ? judge.foundByChecker() : null;
  return {
    failure: found ?? (late === null ? null : { steps: steps.length, because: late }),
    events: report.events,
    eventsByType: report.statistics.eventsByType,
    rules: report.statistics.reasons,
  };
}

/** Evictions that nobody may put off any longer. */
function tend(on: Play, judge: Judge): string | null {
  on.tendTenants();
  return judge.asItStands() ?? toldToGo(judge.tally, on.world.nowMs);
}

function playAll(on: Play, judge: Judge, steps: readonly Step[]): Failure | null {
  let played = 0;
  try {
    for (const { act, who, what } of steps) {
      played += 1;
      on.world.nowMs += 10;
      const { name, play } = acts[act] as (typeof acts)[number];
      const late = on.mustTendTenants() ? tend(on, judge) : null;
      if (late !== null) return { steps: played, because: late };
      play(on, who, what);
      const wrong = judge.asItStands();
      const because =
        wrong ?? (name === 'tend-tenants' ? toldToGo(judge.tally, on.world.nowMs) : null);
      if (because !== null) return { steps: played, because };
    }
    const because = settle(on, () => judge.asItStands(), judge.tally) ?? judge.atTheEnd();
    return because === null ? null : { steps: played, because };
  } catch (error) {
    return { steps: played, because: `threw: ${(error as Error).message}` };
  }
}
