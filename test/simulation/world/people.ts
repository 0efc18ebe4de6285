import type { TenantId } from '@bulkhead/domain';
import type { Caller, TenantCaller } from '../../../apps/api/src/auth/caller.js';
import { RecordedPosition } from '../../../apps/api/src/consistency/recorded-position.js';
import type { IdempotentRequest } from '../../../apps/api/src/idempotency/idempotency.js';
import { RequestProblem } from '../../../apps/api/src/problems/problem.js';
import type { Handlers } from './api-life.js';
import { type Link, type LinkRates, type Network } from './network.js';
import { ProcessLife } from './process-life.js';
import type { ProcessSlots } from './process-slots.js';
import type { SimulatedTime } from './simulated-time.js';

/** A client gives a request up after so many tries, which says nothing of what came of it. */
const TRIES_MAX = 6;
const GIVES_UP_AFTER_MS = 4_000;
const RETRY_MS = 300;

/** The api could not be reached, or did not answer in time. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** What came of a request: an answer, a refusal that is final, or nothing that anybody knows of. */
export type Outcome<T> =
  | { readonly answer: T }
  | { readonly refused: RequestProblem }
  | { readonly unknown: true };

/** Tenants and operators, who ask the api as often as it takes. */
export class People {
  private asked = 0;
  private readonly life: ProcessLife;
  readonly link: Link;
  /** Requests that have not come to an end. */
  open = 0;

  constructor(
    private readonly time: SimulatedTime,
    private readonly network: Network,
    private readonly slots: Pick<ProcessSlots, 'someApi'>,
    rates: LinkRates,
  ) {
    this.life = new ProcessLife('people', time);
    const failure = () => new NoAnswer('the api did not answer');
    this.link = { rates, isCut: false, timeoutMs: RETRY_MS, repeats: false, failure };
  }

  tenant(tenantId: TenantId): TenantCaller {
    return { ...this.caller('tenant'), tenantId };
  }

  operator(): Caller {
    return this.caller('operator');
  }

  /** A key of its own for a request that may be repeated. */
  idempotency(caller: Caller, route: string): IdempotentRequest {
    this.asked += 1;
    const key = `request-${this.asked}`;
    return { scope: caller.tenantId ?? caller.role, route, key, requestSha256: key };
  }

  /**
   * Asks again where no answer came; the same request each time. Who is patient asks again only where the
   * first cannot be under way any more, and for as long as it takes.
   */
  async ask<T>(
    request: (handlers: Handlers) => Promise<T>,
    isPatient = false,
  ): Promise<Outcome<T>> {
    this.open += 1;
    try {
      for (let tries = 0; isPatient || tries < TRIES_MAX; tries += 1) {
        try {
          return { answer: await this.once(request, isPatient) };
        } catch (error) {
          if (error instanceof RequestProblem) return { refused: error };
          await this.wait(RETRY_MS * (tries + 1));
        }
      }
      return { unknown: true };
    } finally {
      this.open -= 1;
    }
  }

  private once<T>(request: (handlers: Handlers) => Promise<T>, isPatient: boolean): Promise<T> {
    const api = this.slots.someApi();
    if (api === null) return Promise.reject(new NoAnswer('no api is up'));
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new NoAnswer('it took long'));
      const cancel = isPatient ? () => {} : this.time.after(GIVES_UP_AFTER_MS, giveUp);
      api.life.onDeath(giveUp);
      this.network
        .call(this.life, this.link, () => {
          if (api.life.isDead) return Promise.reject(new NoAnswer('the api is gone'));
          return request(api.handlers);
        })
        .then(resolve, reject)
        .finally(cancel);
    });
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.time.after(ms, resolve));
  }

  private caller(role: 'tenant' | 'operator'): Caller {
    this.asked += 1;
    return {
      role,
      credentialId: 'cred_00000000000000000000000000000001',
      tenantId: null,
      scopes: [],
      correlationId: `asked-${this.asked}`,
      expiresAtMs: Number.POSITIVE_INFINITY,
      recorded: new RecordedPosition(),
    };
  }
}
