import type { TenantId } from '../../ids.js';
import type { Policy } from '../../policy/events.js';
import type { Fleet } from '../fleet/fleet.js';
import { useOf } from '../fleet/tenant-use.js';
import { type Capacity, capacityOf, dominantShare, weightOf } from './fair-share.js';
import { Heap } from './heap.js';
import type { Line, Waiting } from './line.js';
import { goesBefore, type TenantQueue } from './tenant-queue.js';
import { arrange, type WaitingRoom } from './waiting-room.js';

/** A workload's turn: where it stands, and in which line. */
export interface Turn {
  readonly line: Line;
  readonly place: number;
  readonly waiting: Waiting;
}

/** A tenant in a round: whose turn it would be, and how far its lines have been served. */
interface TenantTurn {
  readonly tenantId: TenantId;
  readonly weight: number;
  readonly queue: TenantQueue;
  share: number;
  turn: Turn;
  /** The first of its lines that nobody has looked at. */
  nextLine: number;
  /** Lines whose first have been served already, by who is next in them. */
  readonly served: Heap<Turn>;
}

/**
 * Whose turn it is in a round: always of the tenant that holds the least share of the fleet for its weight,
 * and among its own workloads of the one that goes first. Of tenants with the same share the one whose
 * workload has waited longest; a priority says nothing across tenants, or whoever shouts would gain.
 */
export class Turns {
  private readonly tenants: Heap<TenantTurn>;
  private readonly capacity: Capacity;
  private readonly priorityStepMs: number;

  constructor(
    private readonly fleet: Fleet,
    room: WaitingRoom,
    policy: Policy,
  ) {
    const { priorityStepMs } = policy.waitingOrder;
    this.priorityStepMs = priorityStepMs;
    this.capacity = capacityOf(fleet, policy);
    arrange(room, priorityStepMs);
    const all: TenantTurn[] = [];
    for (const [tenantId, queue] of room.queues) {
      const turn = firstOf(queue.lines[0]);
      if (turn === null) continue;
      const weight = weightOf(policy, tenantId);
      const served = new Heap<Turn>([], this.turnGoesBefore);
      const share = this.shareOf(tenantId, weight);
      all.push({ tenantId, weight, queue, share, turn, nextLine: 1, served });
    }
    this.tenants = new Heap(all, tenantGoesBefore);
  }

  /** Whose turn it is; null when everybody has had one. */
  current(): Turn | null {
    return this.tenants.first?.turn ?? null;
  }

  /** The current one is settled: the next of its line has a turn too. */
  served(): void {
    const tenant = this.tenants.first;
    if (tenant === undefined) return;
    const { line, place } = tenant.turn;
    const waiting = line.at(place + 1);
    if (waiting !== undefined) tenant.served.put({ line, place: place + 1, waiting });
    tenant.share = this.shareOf(tenant.tenantId, tenant.weight);
    this.goOn(tenant);
  }

  /** For the current one there is nothing, so that nobody of its line has a turn any more. */
  blocked(): void {
    const tenant = this.tenants.first;
    if (tenant !== undefined) this.goOn(tenant);
  }

  private goOn(tenant: TenantTurn): void {
    const unseen = firstOf(tenant.queue.lines[tenant.nextLine]);
    const seen = tenant.served.first ?? null;
    if (unseen !== null && (seen === null || this.turnGoesBefore(unseen, seen))) {
      tenant.turn = unseen;
      tenant.nextLine += 1;
    } else if (seen !== null) {
      tenant.turn = seen;
      tenant.served.dropFirst();
    } else {
      this.tenants.dropFirst();
      return;
    }
    this.tenants.firstChanged();
  }

  private readonly turnGoesBefore = (one: Turn, other: Turn) =>
    goesBefore(one.waiting, other.waiting, this.priorityStepMs);

  private shareOf(tenantId: TenantId, weight: number): number {
    return dominantShare(useOf(this.fleet, tenantId), this.capacity, weight);
  }
}

function firstOf(line: Line | undefined): Turn | null {
  const waiting = line?.at(0);
  return line === undefined || waiting === undefined ? null : { line, place: 0, waiting };
}

function tenantGoesBefore(one: TenantTurn, other: TenantTurn): boolean {
  if (one.share !== other.share) return one.share < other.share;
  const [a, b] = [one.turn.waiting, other.turn.waiting];
  return a.sinceMs === b.sinceMs ? a.order < b.order : a.sinceMs < b.sinceMs;
}
