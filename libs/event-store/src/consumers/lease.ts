import type pg from 'pg';
import { LOG_TYPES } from '../log/recorded-row.js';

/** What an owner holds. `epoch` grows with every takeover, so it fences whoever held the lease before. */
export interface Lease {
  readonly name: string;
  readonly epoch: number;
}

export interface LeasesOptions {
  readonly pool: pg.Pool;
  /** A UUID of this process: leases die with it, even where it comes back under the same name. */
  readonly owner: string;
  readonly ttlMs?: number;
}

/** Short enough that work of a dead owner is taken over in under five seconds. */
export const LEASE_TTL_MS = 3_000;
/** A lease is renewed three times in its life, so that one slow round trip does not lose it. */
export const LEASE_RENEW_MS = 1_000;

/** An owner keeps the epoch while its lease lasts; after that anyone, itself included, gets the next one. */
const ACQUIRE = `
  INSERT INTO consumers.leases AS l (name, owner, epoch, lease_until)
  SELECT name, $2, 1, clock_timestamp() + $3 * interval '1 millisecond'
    FROM unnest($1::text[]) AS name ORDER BY name
  ON CONFLICT (name) DO UPDATE
     SET epoch = CASE WHEN l.lease_until > clock_timestamp() THEN l.epoch ELSE l.epoch + 1 END,
         owner = excluded.owner, lease_until = excluded.lease_until
   WHERE l.owner = excluded.owner OR l.lease_until <= clock_timestamp()
  RETURNING name, epoch`;

/** Rows are locked in the order of their names, so that two processes never wait for each other. */
const HELD = `
  SELECT l.name, l.epoch FROM consumers.leases l
    JOIN unnest($1::text[], $2::bigint[]) AS h (name, epoch) USING (name, epoch)
   WHERE l.owner = $3 ORDER BY l.name FOR UPDATE OF l`;

const RENEW = `
  WITH held AS (${HELD})
  UPDATE consumers.leases l SET lease_until = clock_timestamp() + $4 * interval '1 millisecond'
    FROM held WHERE l.name = held.name RETURNING l.name, l.epoch`;

const RELEASE = `
  WITH held AS (${HELD})
  UPDATE consumers.leases l SET lease_until = '-infinity' FROM held WHERE l.name = held.name`;

const EPOCH = 'SELECT epoch FROM consumers.leases WHERE name = $1';

const ELSEWHERE = `
  SELECT epoch FROM consumers.leases
   WHERE name = $1 AND owner <> $2 AND lease_until > clock_timestamp()`;

/** Leases of one process in Postgres. Time is the database's, so clocks of processes need not agree. */
export class Leases {
  readonly owner: string;
  readonly ttlMs: number;
  private readonly pool: pg.Pool;

  constructor(options: LeasesOptions) {
    this.pool = options.pool;
    this.owner = options.owner;
    this.ttlMs = options.ttlMs ?? LEASE_TTL_MS;
  }

  /** The lease, or null while someone else holds it. */
  async acquire(name: string): Promise<Lease | null> {
    const [lease = null] = await this.acquireMany([name]);
    return lease;
  }

  /** The leases among these that nobody else holds. */
  acquireMany(names: readonly string[]): Promise<readonly Lease[]> {
    return this.query('leases-acquire', ACQUIRE, [[...new Set(names)], this.owner, this.ttlMs]);
  }

  /** The leases that are still held, now for another `ttlMs`; one that is missing was taken over. */
  renew(leases: readonly Lease[]): Promise<readonly Lease[]> {
    return this.query('leases-renew', RENEW, [...this.columns(leases), this.ttlMs]);
  }

  /** Gives leases up at once, so that nobody has to wait until they end. */
  async release(leases: readonly Lease[]): Promise<void> {
    await this.query('leases-release', RELEASE, this.columns(leases));
  }

  /** How often the lease has changed hands; null where nobody ever held it. */
  async currentEpoch(name: string): Promise<number | null> {
    const { rows } = await this.pool.query<{ epoch: number }>({
      text: EPOCH,
      values: [name],
      types: LOG_TYPES,
    });
    return rows[0]?.epoch ?? null;
  }

  /** Whether another owner holds the lease at this moment. */
  async isHeldElsewhere(name: string): Promise<boolean> {
    const { rows } = await this.pool.query({ text: ELSEWHERE, values: [name, this.owner] });
    return rows.length > 0;
  }

  private columns(leases: readonly Lease[]): unknown[] {
    return [leases.map(({ name }) => name), leases.map(({ epoch }) => epoch), this.owner];
  }

  private async query(name: string, text: string, values: unknown[]): Promise<readonly Lease[]> {
    const { rows } = await this.pool.query<Lease>({ name, text, values, types: LOG_TYPES });
    return rows;
  }
}
