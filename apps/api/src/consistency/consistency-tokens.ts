import type { Caller } from '../auth/caller.js';
import { SealedPlaces } from '../http/sealed-places.js';
import { badConsistencyToken } from '../problems/problems.js';
import type { RandomBytes } from '../sources.js';

/** In answers of commands, and in requests that shall see what those commands did. */
export const CONSISTENCY_HEADER = 'Bulkhead-Consistency-Token';

/** Operators and auditors see the same log, so one may use what another was answered. */
const PLATFORM_SCOPE = 'platform';

/** For whom a token works. */
export function tokenScope({ tenantId }: Pick<Caller, 'tenantId'>): string {
  return tenantId ?? PLATFORM_SCOPE;
}

/** Seals how far the log had come when a command was answered. A token works for its scope only. */
export class ConsistencyTokens {
  private readonly places: SealedPlaces;

  constructor(key: Buffer, randomBytes: RandomBytes) {
    this.places = new SealedPlaces(key, randomBytes);
  }

  seal(scope: string, position: number): string {
    return this.places.seal(scope, position);
  }

  /** @throws RequestProblem where the token was not made for this scope */
  open(scope: string, token: string): number {
    const position = this.places.open(scope, token);
    if (position === null) throw badConsistencyToken();
    return position;
  }
}
