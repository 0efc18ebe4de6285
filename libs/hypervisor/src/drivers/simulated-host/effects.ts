import type { ComputeSystemId, HostId } from '@bulkhead/domain';
import type { ComputeSystemSpec, Fence } from '../../driver.js';
import { GatheredCalls, MAX_CALLS_PER_REQUEST } from './gathered-calls.js';
import { refusalFrom } from './refusals.js';

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

export const MAX_EFFECTS_PER_REQUEST = MAX_CALLS_PER_REQUEST;

/** Carries out effects, those together in one request that are asked for at the same time. */
export class EffectQueue {
  readonly #calls: GatheredCalls<WireEffect, WireOutcome>;

  constructor(send: (effects: readonly WireEffect[]) => Promise<readonly WireOutcome[]>) {
    this.#calls = new GatheredCalls(send);
  }

  async carryOut(effect: WireEffect): Promise<void> {
    const outcome = await this.#calls.make(effect);
    if (!('accepted' in outcome)) throw refusalFrom(outcome.code, outcome.detail);
  }
}
