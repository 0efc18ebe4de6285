import type { TimeMs } from '@bulkhead/domain';
import { LEASE_TTL_MS, type Lease } from '../../../libs/event-store/src/consumers/lease.js';
import type { Link, Network } from './network.js';
import type { ProcessLife } from './process-life.js';

interface Row {
  readonly owner: string;
  readonly epoch: number;
  readonly untilMs: TimeMs;
}

/** The table of leases, row for row as its statements in Postgres treat it. */
export class SimulatedLeases {
  private readonly rows = new Map<string, Row>();

  constructor(private readonly clock: () => TimeMs) {}

  acquire(names: readonly string[], owner: string, ttlMs: number): Lease[] {
    const nowMs = this.clock();
    return [...new Set(names)].sort().flatMap((name) => {
      const row = this.rows.get(name);
      const isOver = row === undefined || row.untilMs <= nowMs;
      if (!isOver && row.owner !== owner) return [];
      const epoch = row === undefined ? 1 : isOver ? row.epoch + 1 : row.epoch;
      this.rows.set(name, { owner, epoch, untilMs: nowMs + ttlMs });
      return [{ name, epoch }];
    });
  }

  renew(leases: readonly Lease[], owner: string, ttlMs: number): Lease[] {
    const held = leases.filter((lease) => this.isOwned(lease, owner));
    for (const { name, epoch } of held) {
      this.rows.set(name, { owner, epoch, untilMs: this.clock() + ttlMs });
    }
    return held;
  }

  release(leases: readonly Lease[], owner: string): void {
    for (const lease of leases) {
      if (!this.isOwned(lease, owner)) continue;
      this.rows.set(lease.name, { owner, epoch: lease.epoch, untilMs: Number.NEGATIVE_INFINITY });
    }
  }

  epochOf(name: string): number | null {
    return this.rows.get(name)?.epoch ?? null;
  }

  isHeldElsewhere(name: string, owner: string): boolean {
    const row = this.rows.get(name);
    return row !== undefined && row.owner !== owner && row.untilMs > this.clock();
  }

  /** Whether this owner got the lease last, and nobody after it. */
  isOwned({ name, epoch }: Lease, owner: string): boolean {
    const row = this.rows.get(name);
    return row !== undefined && row.owner === owner && row.epoch === epoch;
  }
}

/** The leases of one process, over its link to the database. */
export class LeasesPort {
  readonly ttlMs = LEASE_TTL_MS;

  constructor(
    readonly owner: string,
    private readonly table: SimulatedLeases,
    private readonly life: ProcessLife,
    private readonly network: Network,
    private readonly link: Link,
  ) {}

  acquireMany(names: readonly string[]): Promise<readonly Lease[]> {
    return this.write(() => this.table.acquire(names, this.owner, this.ttlMs));
  }

  async acquire(name: string): Promise<Lease | null> {
    const [lease = null] = await this.acquireMany([name]);
    return lease;
  }

  renew(leases: readonly Lease[]): Promise<readonly Lease[]> {
    return this.write(() => this.table.renew(leases, this.owner, this.ttlMs));
  }

  release(leases: readonly Lease[]): Promise<void> {
    return this.write(() => this.table.release(leases, this.owner));
  }

  currentEpoch(name: string): Promise<number | null> {
    return this.call(() => this.table.epochOf(name));
  }

  isHeldElsewhere(name: string): Promise<boolean> {
    return this.call(() => this.table.isHeldElsewhere(name, this.owner));
  }

  private call<T>(ask: () => T): Promise<T> {
    return this.network.call(this.life, this.link, async () => ask());
  }

  private write<T>(ask: () => T): Promise<T> {
    return this.network.write(this.life, this.link, async () => ask());
  }
}
