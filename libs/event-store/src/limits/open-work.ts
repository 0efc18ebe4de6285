import type { Clock, TenantId } from '@bulkhead/domain';
import {
  OPEN_KINDS,
  type OpenKind,
  type OpenWorkShown,
  type ShownOfKind,
  shownOpen,
} from './open-kinds.js';
import { STANDSTILL_MS, Standstill } from './standstill.js';
import { addPiece, type Piece } from './unshown.js';

/**
 * Work of one tenant that may be open, accepted and not ended, unless an operator sets another bound: ten
 * batches of the greatest size. Every worker keeps all of it in memory.
 */
export const OPEN_WORKLOADS_PER_TENANT_MAX = 100_000;
/** What was read is trusted for so long, and for so small a part (one in so many) of the room that it showed. */
export const OPEN_WORK_TRUST = { ms: 10_000, partOfRoom: 16 } as const;
/** Tenants of which a process remembers what it read. */
const TENANTS_KEPT_MAX = 10_000;

export interface OpenWorkParts {
  readonly max: number;
  readonly read: (tenantId: TenantId) => Promise<OpenWorkShown>;
  /** Measures how old a reading is. */
  readonly clock: Clock;
}

/** A tenant has as much open work as it may have. Nothing was recorded. */
export class TooMuchOpenWork extends Error {
  override readonly name = 'TooMuchOpenWork';
  constructor(
    readonly max: number,
    /** Before what was asked for. */
    readonly open: number,
    readonly asked: number,
  ) {
    super(`${open} of ${max} workloads are open, and ${asked} more were asked for`);
  }
}

/** What one process knows of one tenant. */
interface Known {
  readonly kinds: Readonly<Record<OpenKind, KnownOfKind>>;
  readAtMs: number;
  looking: Promise<void> | null;
  /** Taken since it was read, whatever became of it. */
  takenSince: number;
  /** Let in, and neither recorded nor refused yet. */
  underWay: number;
}

interface KnownOfKind {
  shown: ShownOfKind;
  /** Recorded by this process, and not shown yet, in the order of positions. */
  recorded: Piece[];
}

/**
 * Bounds the open work of every tenant. Most submissions cost no look at the database: a process trusts what it has
 * read, and adds what it accepted itself behind that, until that was a small part of the room that there was. What
 * other processes accept meanwhile it does not see, so the bound is soft by that part for each of them. Nobody is
 * refused without a fresh look.
 */
export class OpenWork {
  private readonly tenants = new Map<TenantId, Known>();
  private readonly standstill = new Standstill();

  constructor(private readonly parts: OpenWorkParts) {}

  get max(): number {
    return this.parts.max;
  }

  /** For one submission, whatever it comes to: it has to be settled. */
  room(tenantId: TenantId, kind: OpenKind): Room {
    return new Room(this, tenantId, kind);
  }

  /** @throws TooMuchOpenWork where so much more would be beyond the bound */
  async take(tenantId: TenantId, workloads: number): Promise<void> {
    const known = this.knownOf(tenantId);
    if (!this.isTrusted(known, workloads)) {
      known.looking ??= this.look(tenantId, known);
      await known.looking;
      const open = openIn(known);
      if (open + workloads > this.max) throw new TooMuchOpenWork(this.max, open, workloads);
    }
    known.takenSince += workloads;
    known.underWay += workloads;
  }

  /** @param position of the append that recorded it; null where nothing was recorded */
  settle(
    { tenantId, kind }: Pick<Room, 'tenantId' | 'kind'>,
    workloads: number,
    position: number | null,
  ): void {
    const known = this.knownOf(tenantId);
    known.underWay = Math.max(0, known.underWay - workloads);
    const { shown, recorded } = known.kinds[kind];
    if (position === null || position <= shown.position) return;
    addPiece(recorded, { workloads, position, atMs: this.parts.clock() }, this.max);
  }

  private isTrusted(known: Known, workloads: number): boolean {
    const { ms, partOfRoom } = OPEN_WORK_TRUST;
    const ageMs = this.parts.clock() - known.readAtMs;
    if (!(ageMs >= 0 && ageMs < ms)) return false;
    const room = this.max - shownIn(known);
    const isSmall = (known.takenSince + workloads) * partOfRoom <= room;
    return isSmall && openIn(known) + workloads <= this.max;
  }

  private async look(tenantId: TenantId, known: Known): Promise<void> {
    try {
      const atMs = this.parts.clock();
      const shown = await this.parts.read(tenantId);
      known.readAtMs = atMs;
      known.takenSince = 0;
      for (const kind of OPEN_KINDS) this.note(known.kinds[kind], kind, shown, atMs);
    } finally {
      known.looking = null;
    }
  }

  /** Where a read model stands still, what was accepted before may have ended, and nothing will tell. */
  private note(known: KnownOfKind, kind: OpenKind, all: OpenWorkShown, atMs: number): void {
    const { open, position } = all[kind];
    const stands = this.standstill.noted(kind, position, all.head, atMs);
    const fromMs = stands ? atMs - STANDSTILL_MS : Number.NEGATIVE_INFINITY;
    known.shown = { open: stands ? 0 : open, position };
    known.recorded = known.recorded.filter(
      (piece) => piece.position > position && piece.atMs > fromMs,
    );
  }

  private knownOf(tenantId: TenantId): Known {
    const kept = this.tenants.get(tenantId);
    if (kept !== undefined) return kept;
    for (const [forgotten, { underWay }] of this.tenants) {
      if (this.tenants.size < TENANTS_KEPT_MAX) break;
      if (underWay === 0) this.tenants.delete(forgotten);
    }
    const nothing = () => ({ shown: { open: 0, position: 0 }, recorded: [] });
    const known: Known = {
      kinds: { workloads: nothing(), batches: nothing() },
      ...{ readAtMs: Number.NEGATIVE_INFINITY, looking: null, takenSince: 0, underWay: 0 },
    };
    this.tenants.set(tenantId, known);
    return known;
  }
}

/** The room that one submission takes of what its tenant may have open. */
export class Room {
  private taken = 0;

  constructor(
    private readonly work: OpenWork,
    readonly tenantId: TenantId,
    readonly kind: OpenKind,
  ) {}

  /** Asked again for the same submission, it takes no more. @throws TooMuchOpenWork */
  async take(workloads: number): Promise<void> {
    const more = workloads - this.taken;
    if (more <= 0) return;
    await this.work.take(this.tenantId, more);
    this.taken = workloads;
  }

  /** Gives it back, unless it was recorded at that position: then it is given back by what the read models show. */
  settle(position: number | null): void {
    if (this.taken > 0) this.work.settle(this, this.taken, position);
    this.taken = 0;
  }
}

function shownIn({ kinds }: Known): number {
  return shownOpen({ workloads: kinds.workloads.shown, batches: kinds.batches.shown });
}

function openIn(known: Known): number {
  const { workloads: alone, batches } = known.kinds;
  const recorded = (of: KnownOfKind) =>
    of.recorded.reduce((sum, { workloads }) => sum + workloads, 0);
  return shownIn(known) + known.underWay + recorded(alone) + recorded(batches);
}
