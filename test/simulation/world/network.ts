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
}

export const calmLink: LinkRates = { delayMaxMs: 1, lost: 0, slow: 0, twice: 0 };

/** A message that is slow takes up to so long, far longer than those that were sent after it. */
const SLOW_MAX_MS = 3_000;

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
  constructor(
    private readonly time: SimulatedTime,
    private readonly chance: Chance,
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

  delayMs({ delayMaxMs, slow }: LinkRates): TimeMs {
    if (this.chance.is(slow)) return this.chance.between(1, SLOW_MAX_MS);
    return delayMaxMs <= 1 ? 1 : this.chance.between(1, delayMaxMs);
  }
}
