import type { Clock, TimeMs } from '@bulkhead/domain';
import type { ConsumerRow, ToldQueue } from '@bulkhead/event-store';
import { queueStatusOf } from '../queues/queue.schema.js';

/** A probe may come every second from every side; Postgres is asked at most this often. */
export const TOLD_KEPT_MS = 2_000;
/** A consumer that has not passed an event for so long does not follow the log any more. */
export const BEHIND_AFTER_MS = 120_000;
/** How much is said without a token: no name, no number. */
export type FollowingHealth = 'ok' | 'behind' | 'waiting' | 'stopped';
/** Of the queues of jobs: workers do not reach their datastore, or none tells of them. */
export type QueueHealth = 'ok' | 'unreachable' | 'silent';

export interface WorkersHealth {
  readonly queue: QueueHealth;
  readonly consumers: FollowingHealth;
}

const WORST_FIRST: readonly FollowingHealth[] = ['stopped', 'waiting', 'behind', 'ok'];

export interface WorkersTell {
  readonly consumers: () => Promise<readonly ConsumerRow[]>;
  readonly queues: () => Promise<readonly ToldQueue[]>;
}

/** How the consumers and queues of all workers are, in a few words, from what they store in Postgres. */
export class ToldHealth {
  private kept: WorkersHealth | null = null;
  private readAtMs: TimeMs = 0;

  constructor(
    private readonly told: WorkersTell,
    private readonly clock: Clock,
  ) {}

  async read(): Promise<WorkersHealth> {
    const nowMs = this.clock();
    if (this.kept !== null && nowMs - this.readAtMs < TOLD_KEPT_MS) return this.kept;
    const [rows, queues] = await Promise.all([this.told.consumers(), this.told.queues()]);
    this.kept = { queue: queuesHealth(queues), consumers: consumersHealth(rows) };
    this.readAtMs = nowMs;
    return this.kept;
  }
}

/** The worst of them; what nobody reads yet may trail as long as it likes. */
export function consumersHealth(rows: readonly ConsumerRow[]): FollowingHealth {
  const all = rows.filter(({ isBuilding }) => !isBuilding).map(healthOf);
  return WORST_FIRST.find((one) => all.includes(one)) ?? 'ok';
}

/** Workers tell of all at once; a queue of an earlier release that no worker knows any more is left out. */
export function queuesHealth(queues: readonly ToldQueue[]): QueueHealth {
  const told = queues.map(queueStatusOf).filter((status) => status !== 'silent');
  if (told.length === 0) return 'silent';
  return told.includes('unreachable') ? 'unreachable' : 'ok';
}

function healthOf({ trouble, lagMs }: ConsumerRow): FollowingHealth {
  if (trouble !== null) return trouble.kind;
  return lagMs > BEHIND_AFTER_MS ? 'behind' : 'ok';
}
