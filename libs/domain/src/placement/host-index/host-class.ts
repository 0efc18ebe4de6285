import type { Isolation } from '../../isolation/decision.js';
import type { TrustBoundary } from '../../tenant/events.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import type { HostShape } from '../unrunnable.js';
import type { Fit } from './fit.js';
import { OwnedHosts } from './owned-hosts.js';
import type { Seats } from './seats.js';
import { Shelf } from './shelf.js';
import {
  fitFor,
  kernelComesFirst,
  obstacleOf,
  ownerOf,
  type Standing,
  standingOf,
  standings,
} from './standing.js';

/** Where a host sits: its number in the columns, and the shelves that it is on. */
export interface Seated {
  readonly seat: number;
  readonly of: HostClass;
  standing: Standing;
  on: Shelf;
  owner: TrustBoundary | null;
  /** Its owner's hosts. */
  onOwned: OwnedHosts | null;
}

/** By boundary: the hosts whose kernels its silos may join. */
export type HostsByOwner = Map<TrustBoundary, OwnedHosts>;

/**
 * Hosts of one shape: what their software and capacity allow is asked once for all of them. Each stands
 * on the shelf of its standing and, where silos of a boundary may join its kernel, among that boundary's.
 */
export class HostClass {
  readonly shelves: ReadonlyMap<Standing, Shelf>;
  size = 0;
  private readonly siloLater: readonly Shelf[];
  private readonly vmFirst: readonly Shelf[];
  private readonly vmLater: readonly Shelf[];

  constructor(
    readonly shape: HostShape,
    private readonly seats: Seats,
    private readonly owned: HostsByOwner,
    private readonly utilityVmsMax: number,
  ) {
    this.shelves = new Map(standings.map((one) => [one, new Shelf(seats, shape, fitOn(one))]));
    this.siloLater = this.shelvesOf(admitted.process.later);
    this.vmFirst = this.shelvesOf(admitted.hyperv.first);
    this.vmLater = this.shelvesOf(admitted.hyperv.later);
  }

  put(host: FleetHost): Seated {
    const standing = standingOf(host, this.utilityVmsMax);
    const owner = ownerOf(host, standing);
    const seat = this.seats.add(host, this.shape);
    const on = this.shelfOf(standing);
    const onOwned = owner === null ? null : this.ownedBy(owner);
    this.seats.set(seat, host, this.shape);
    this.size += 1;
    on.put(seat);
    onOwned?.put(seat);
    return { seat, of: this, standing, on, owner, onOwned };
  }

  take({ seat, on, owner, onOwned }: Seated): void {
    this.size -= 1;
    on.take(seat);
    if (owner !== null) this.leaveOwned(owner, onOwned, seat);
  }

  /** Puts a host of this class where it belongs as it is now. Most changes leave it on its shelves. */
  move(seated: Seated, host: FleetHost): void {
    const standing = standingOf(host, this.utilityVmsMax);
    const owner = ownerOf(host, standing);
    if (standing === seated.standing && owner === seated.owner) {
      this.arrange(seated, host);
      return;
    }
    this.take(seated);
    this.seats.set(seated.seat, host, this.shape);
    seated.standing = standing;
    seated.on = this.shelfOf(standing);
    seated.owner = owner;
    seated.onOwned = owner === null ? null : this.ownedBy(owner);
    this.size += 1;
    seated.on.put(seated.seat);
    seated.onOwned?.put(seated.seat);
  }

  /** The host has more or less free than before, or holds another number of utility VMs. */
  changeRoom(seated: Seated, host: FleetHost): void {
    const vmAllowed = host.utilityVms < this.utilityVmsMax;
    if (vmAllowed === seated.standing.vmAllowed) this.arrange(seated, host);
    else this.move(seated, host);
  }

  /**
   * Shelves on which hosts stand that may take anybody's, room apart: those whose kernels come first, or
   * the others. A silo's first ones are its boundary's own, which the index keeps.
   */
  admitting(isolation: Isolation, first: boolean): readonly Shelf[] {
    if (isolation === 'hyperv') return first ? this.vmFirst : this.vmLater;
    return first ? [] : this.siloLater;
  }

  /** Puts a host in order on the shelves on which it stays. */
  private arrange({ seat, on, onOwned }: Seated, host: FleetHost): void {
    on.lift(seat);
    onOwned?.lift(seat);
    this.seats.set(seat, host, this.shape);
    on.lower(seat);
    onOwned?.lower(seat);
  }

  private shelfOf(standing: Standing): Shelf {
    return this.shelves.get(standing) as Shelf;
  }

  private ownedBy(owner: TrustBoundary): OwnedHosts {
    const known = this.owned.get(owner);
    if (known !== undefined) return known;
    const made = new OwnedHosts(this.seats);
    this.owned.set(owner, made);
    return made;
  }

  private leaveOwned(owner: TrustBoundary, hosts: OwnedHosts | null, seat: number): void {
    hosts?.take(seat);
    if (hosts?.size === 0) this.owned.delete(owner);
  }

  private shelvesOf(all: readonly Standing[]): readonly Shelf[] {
    return all.map((one) => this.shelfOf(one));
  }
}

/** Which standings the rules let in, whoever asks: worked out from them once. */
const admitted = { process: admittedFor('process'), hyperv: admittedFor('hyperv') };

function admittedFor(isolation: Isolation) {
  const suitable = standings.filter((one) => obstacleOf(one, isolation, false) === null);
  return {
    first: suitable.filter((one) => kernelComesFirst(one, isolation)),
    later: suitable.filter((one) => !kernelComesFirst(one, isolation)),
  };
}

/** How whoever may be let in beside anybody's silos chooses among hosts of this standing. */
function fitOn(standing: Standing): Fit {
  const isolation = standing.kernel === 'free' ? 'process' : 'hyperv';
  return fitFor(isolation, kernelComesFirst(standing, isolation));
}
