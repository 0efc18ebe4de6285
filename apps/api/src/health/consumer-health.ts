import type { Clock, TimeMs } from '@bulkhead/domain';
import type { ConsumerRow } from '@bulkhead/event-store';

/** A probe may come every second from every side; Postgres is asked at most this often. */
export const CONSUMERS_KEPT_MS = 2_000;
/** A consumer that has not passed an event for so long does not follow the log any more. */
export const BEHIND_AFTER_MS = 120_000;
/** The consumer that makes jobs of events: without it the queue gets nothing. */
const DISPATCH = 'dispatch';

/** How much is said without a token: no name, no number. */
export type FollowingHealth = 'ok' | 'behind' | 'waiting' | 'stopped';

export interface ConsumersHealth {
  readonly queue: FollowingHealth;
  readonly consumers: FollowingHealth;
}

const WORST_FIRST: readonly FollowingHealth[] = ['stopped', 'waiting', 'behind', 'ok'];

/** How the consumers of all workers are, in a few words, from what they store in Postgres. */
export class ConsumerHealth {
  private kept: ConsumersHealth | null = null;
  private readAtMs: TimeMs = 0;

  constructor(
    private readonly list: () => Promise<readonly ConsumerRow[]>,
    private readonly clock: Clock,
  ) {}

  async read(): Promise<ConsumersHealth> {
    const nowMs = this.clock();
    if (this.kept !== null && nowMs - this.readAtMs < CONSUMERS_KEPT_MS) return this.kept;
    this.kept = consumersHealth(await this.list());
    this.readAtMs = nowMs;
    return this.kept;
  }
}

/** What nobody reads yet may trail as long as it likes. */
export function consumersHealth(rows: readonly ConsumerRow[]): ConsumersHealth {
  const read = rows.filter(({ isBuilding }) => !isBuilding);
  return {
    queue: worst(read.filter(({ name }) => name === DISPATCH)),
    consumers: worst(read.filter(({ name }) => name !== DISPATCH)),
  };
}

function worst(rows: readonly ConsumerRow[]): FollowingHealth {
  const all = rows.map(healthOf);
  return WORST_FIRST.find((one) => all.includes(one)) ?? 'ok';
}

function healthOf({ trouble, lagMs }: ConsumerRow): FollowingHealth {
  if (trouble !== null) return trouble.kind;
  return lagMs > BEHIND_AFTER_MS ? 'behind' : 'ok';
}
