import type { TimeMs } from '@bulkhead/domain';
import type { Chance } from './chance.js';
import type { ProcessLife } from './process-life.js';
import type { SimulatedTime } from './simulated-time.js';

/** How badly messages travel. Probabilities are for one message. */
export interface LinkRates {
  readonly delayMaxMs: number;
  readonly lost: number;
  readonly slow: number;
  /** Carried out once more, later. */
  readonly twice: number;
  /** Of what writes: whoever asked is cut off and hears so, and the other end goes on with it, or has never got it. */
  readonly cutOff: number;
}

export const calmLink: LinkRates = { delayMaxMs: 1, lost: 0, slow: 0, twice: 0, cutOff: 0 };

/** A message that is slow takes up to so long, far longer than those that were sent after it. */
const SLOW_MAX_MS = 3_000;
/** What goes on although nobody waits for it any more comes at most so late: all of it before a world is judged at rest. */
const LATE_MAX_MS = [500, 3_000, 15_000] as const;
/** Whoever is cut off hears of it at once, or when he has waited for long enough. */
const HEARD_MAX_MS = 1_000;
/** Of what is cut off, one in so many never arrives at all. */
const NEVER_ONE_IN = 4;

/** What became of a statement whose connection was cut. */
interface Cut {
  readonly heardAfterMs: TimeMs;
  /** How long after that it is carried out; null for never. */
  readonly lateMs: TimeMs | null;
}

/** One way between two parts of the world, and what its users hear when it fails them. */
export interface Link {
  rates: LinkRates;
  /** No message passes while it is cut. */
  isCut: boolean;
  /** After so long whoever asked gives up. */
  readonly timeoutMs: number;
  /** Whether a message that is carried out twice is part of this link's contract. */
  readonly repeats: boolean;
  /** `sent` tells whether it may have been carried out. */
  readonly failure: (sent: boolean) => Error;
}

/** Carries calls between the parts of a world: late, in any order, twice, or not at all. */
export class Network {
  private readonly newestCuts = new WeakMap<
    Link,
    { readonly atMs: TimeMs; readonly cut: Cut | null }
  >();

  constructor(
    private readonly time: SimulatedTime,
    private readonly chance: Chance,
    /** Of what is cut off: drawn apart, so that worlds without are the same as if there were none anywhere. */
    private readonly cuts: Chance,
  ) {}

  /** Asks for an effect at the other end. It never answers to one that has died, whatever the effect did. */
  call<T>(caller: ProcessLife, link: Link, effect: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!caller.step()) return;
      const { rates } = link;
      const fail = (sent: boolean) => {
        caller.timers.after(link.timeoutMs, () => reject(link.failure(sent)));
      };
      if (link.isCut || this.chance.is(rates.lost)) return fail(false);
      const answer = (settle: () => void) => {
        if (link.isCut || this.chance.is(rates.lost)) return fail(true);
        this.time.after(this.delayMs(rates), () => {
          caller.deliver(() => {
            if (caller.step()) settle();
          });
        });
      };
      const carryOut = () => {
        effect().then(
          (value) => answer(() => resolve(value)),
          (error: unknown) => answer(() => reject(error)),
        );
      };
      this.time.after(this.delayMs(rates), carryOut);
      if (link.repeats && this.chance.is(rates.twice)) {
        this.time.after(this.delayMs(rates) + this.chance.below(SLOW_MAX_MS), () => {
          effect().catch(() => {});
        });
      }
    });
  }

  /**
   * Asks for an effect that writes. As a statement in Postgres does, it may go on when the connection of whoever asked
   * is cut: he hears of an error that says nothing of what became of it, and it is carried out against what is there by then.
   */
  write<T>(caller: ProcessLife, link: Link, effect: () => Promise<T>): Promise<T> {
    const cut = link.isCut ? null : this.cutOf(link);
    if (cut === null) return this.call(caller, link, effect);
    return new Promise<T>((_resolve, reject) => {
      if (!caller.step()) return;
      this.time.after(cut.heardAfterMs, () => {
        caller.deliver(() => {
          if (caller.step()) reject(link.failure(true));
        });
      });
      if (cut.lateMs === null) return;
      this.time.after(cut.heardAfterMs + cut.lateMs, () => {
        effect().catch(() => {});
      });
    });
  }

  /** What one process writes at one moment travels in one statement, and shares what becomes of that. */
  private cutOf(link: Link): Cut | null {
    if (link.rates.cutOff === 0) return null;
    const atMs = this.time.clock();
    const newest = this.newestCuts.get(link);
    if (newest?.atMs === atMs) return newest.cut;
    const cut = this.cuts.is(link.rates.cutOff) ? this.drawCut(link.rates) : null;
    this.newestCuts.set(link, { atMs, cut });
    return cut;
  }

  private drawCut(rates: LinkRates): Cut {
    const isNever = this.cuts.below(NEVER_ONE_IN) === 0;
    const lateMs = isNever ? null : this.cuts.between(1, this.cuts.pick(LATE_MAX_MS));
    return { heardAfterMs: this.delayMs(rates) + this.cuts.below(HEARD_MAX_MS), lateMs };
  }

  delayMs({ delayMaxMs, slow }: LinkRates): TimeMs {
    if (this.chance.is(slow)) return this.chance.between(1, SLOW_MAX_MS);
    return delayMaxMs <= 1 ? 1 : this.chance.between(1, delayMaxMs);
  }
}
