import type { ComputeSystemId, HostId } from '@bulkhead/domain';
import { type ComputeSystemSpec, DriverError, type Fence } from '../../driver.js';
import { DriverProtocolError, refusalFrom } from './refusals.js';

/** The effects that every attempt needs, as they go over the wire: many in one request. */
export type WireEffect = { readonly hostId: HostId; readonly fence: Fence } & (
  | { readonly operation: 'create'; readonly spec: ComputeSystemSpec }
  | { readonly operation: 'start' | 'terminate' | 'release'; readonly id: ComputeSystemId }
  | { readonly operation: 'shutdown'; readonly id: ComputeSystemId; readonly timeoutMs: number }
);

/** The answer to one effect: accepted, or refused as if it had come alone. */
export type WireOutcome =
  | { readonly accepted: true }
  | { readonly code: string; readonly detail: string };

/** One request stays small enough to be answered at once. */
export const MAX_EFFECTS_PER_REQUEST = 200;
/** While one request is carried out, the next one is on its way. */
const MAX_REQUESTS_IN_FLIGHT = 2;
/** Callers wait for their effects, so more than this means that they do not. */
const MAX_WAITING = 20_000;

interface Waiting {
  readonly effect: WireEffect;
  readonly accepted: () => void;
  readonly refused: (error: Error) => void;
}

/**
 * Sends effects together that are asked for at the same time, because a request costs far more than an
 * effect. Nobody waits for company: what is there goes as soon as a request is free.
 */
export class EffectQueue {
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #scheduled = false;

  constructor(private readonly send: (effects: readonly WireEffect[]) => Promise<WireOutcome[]>) {}

  carryOut(effect: WireEffect): Promise<void> {
    return new Promise((accepted, refused) => {
      if (this.#waiting.length >= MAX_WAITING) {
        refused(new DriverError('UNREACHABLE', `${MAX_WAITING} effects are waiting already`));
        return;
      }
      this.#waiting.push({ effect, accepted, refused });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#sendNext();
      });
    });
  }

  #sendNext(): void {
    while (this.#waiting.length > 0 && this.#inFlight < MAX_REQUESTS_IN_FLIGHT) {
      const batch = this.#waiting.splice(0, MAX_EFFECTS_PER_REQUEST);
      this.#inFlight++;
      this.send(batch.map(({ effect }) => effect))
        .then(
          (outcomes) => settle(batch, outcomes),
          (error: Error) => {
            for (const { refused } of batch) refused(error);
          },
        )
        .finally(() => {
          this.#inFlight--;
          this.#sendNext();
        });
    }
  }
}

function settle(batch: readonly Waiting[], outcomes: readonly WireOutcome[]): void {
  for (const [at, { accepted, refused }] of batch.entries()) {
    const outcome = outcomes[at];
    if (outcome && 'accepted' in outcome) accepted();
    else if (outcome) refused(refusalFrom(outcome.code, outcome.detail));
    else refused(new DriverProtocolError('an effect was not answered'));
  }
}
