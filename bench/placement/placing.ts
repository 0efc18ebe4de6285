import {
  type Candidates,
  candidatesFor,
  type Fleet,
  type Hold,
  type HostId,
  hostOf,
  type ImageId,
  putHost,
  reserve,
  type Wanted,
} from '@bulkhead/domain';
import { scanForCandidates } from '../../test/domain/linear-scan.js';
import { fleetOf, freeKernel, setCordon } from './fleet.js';
import { type Load, loads } from './workloads.js';

export type Choose = (fleet: Fleet, wanted: Wanted) => Candidates;
export const byIndex: Choose = (fleet, wanted) => candidatesFor(fleet.index, wanted);
export const byScan: Choose = (fleet, wanted) => scanForCandidates(fleet.hosts, wanted);

/** So many are placed, then as many are released as are above what the fleet should hold. */
const TURN = 500;
/** The fleet is kept this full: workloads for each host, which is about seven tenths of what it has. */
const HELD_PER_HOST = 8;

const HOSTS_CHANGED = 20;

export interface Times {
  readonly placed: number;
  readonly waiting: number;
  readonly perSecond: number;
  /** By processor time, which other work on the machine touches less. */
  readonly perCpuSecond: number;
  readonly microsecondsPerPlacement: number;
  readonly microsecondsPerRelease: number;
  readonly microsecondsPerHostChange: number;
}

/** A fleet that is being filled and emptied, and what each kind of change took. */
export class Placing {
  readonly fleet: Fleet;
  private readonly held: Hold[] = [];
  private readonly placed: { hold: Hold; load: Load }[] = [];
  private readonly toPull: [HostId, ImageId][] = [];
  private readonly onKernel = new Map<HostId, number>();
  private readonly took = { place: 0, release: 0, change: 0 };
  private readonly cpu = { place: 0, release: 0, change: 0 };
  private readonly did = { place: 0, release: 0, change: 0 };
  private waiting = 0;

  constructor(private readonly hosts: number) {
    this.fleet = fleetOf(hosts);
  }

  run(count: number): Times {
    const all = loads(count, this.hosts);
    for (let at = 0; at < all.length; at += TURN) {
      const turn = all.slice(at, at + TURN);
      this.timed('place', turn.length, () => {
        for (const load of turn) if (!this.place(byIndex, load)) this.waiting += 1;
      });
      this.note();
      this.pullImages();
      this.changeHosts();
      const above = this.held.length - HELD_PER_HOST * this.hosts;
      if (above > 0) this.timed('release', above, () => this.releaseOldest(above));
    }
    return this.times();
  }

  /** How long this way of choosing takes on the fleet as it is; it holds what it places. */
  timeOf(choose: Choose, sample: readonly Load[]): number {
    const before = performance.now();
    for (const load of sample) this.place(choose, load);
    const took = (performance.now() - before) / sample.length;
    this.note();
    return took;
  }

  /** @throws Error where the two ways of choosing differ */
  sameAnswers(sample: readonly Load[]): void {
    for (const load of sample) {
      const wanted = this.wantedOf(load);
      const [one, other] = [byIndex(this.fleet, wanted), byScan(this.fleet, wanted)];
      const differ =
        one.best?.hostId !== other.best?.hostId || one.obstacle.cause !== other.obstacle.cause;
      if (differ) throw new Error(`index and scan differ about ${load.workloadId}`);
    }
  }

  giveBack(count: number): void {
    this.releaseOldest(Math.min(count, this.held.length));
  }

  private place(choose: Choose, load: Load): boolean {
    const { best } = choose(this.fleet, this.wantedOf(load));
    if (best === null) return false;
    const { isolation, needed, boundary } = load.wanted;
    const { hostId, kernel } = best;
    const hold = { hostId, reserved: needed, isolation, batchId: load.batchId, tenantId: null };
    reserve(this.fleet, hold, 1);
    this.placed.push({ hold, load });
    if (isolation === 'hyperv' || kernel === null || kernel.trustBoundary !== null) return true;
    const host = hostOf(this.fleet, hostId);
    putHost(this.fleet, { ...host, kernel: { ...kernel, trustBoundary: boundary } });
    return true;
  }

  /** What the bench itself has to know of what was placed; no placer does this, so it is not timed. */
  private note(): void {
    for (const { hold, load } of this.placed.splice(0)) {
      const { hostId } = hold;
      const { image, isolation } = load.wanted;
      this.held.push(hold);
      if (isolation === 'process') this.onKernel.set(hostId, (this.onKernel.get(hostId) ?? 0) + 1);
      if (!hostOf(this.fleet, hostId).images.has(image.imageId)) {
        this.toPull.push([hostId, image.imageId]);
      }
    }
  }

  /** What the hosts report when they have pulled what they were given. */
  private pullImages(): void {
    for (const [hostId, imageId] of this.toPull.splice(0)) {
      const host = hostOf(this.fleet, hostId);
      putHost(this.fleet, { ...host, images: new Set([...host.images, imageId]) });
    }
  }

  private wantedOf({ wanted, batchId, apart }: Load): Wanted {
    const { image, isolation, needed, compatibilityVersion, boundary, hostSelector } = wanted;
    const batchTasks = batchId === null ? null : (this.fleet.batchTasks.get(batchId) ?? null);
    return {
      image,
      isolation,
      needed,
      compatibilityVersion,
      boundary,
      batchTasks,
      brokenKernels: null,
      hostSelector,
      apartFrom: apart ? batchTasks : null,
    };
  }

  private releaseOldest(count: number): void {
    for (const hold of this.held.splice(0, count)) {
      reserve(this.fleet, hold, -1);
      if (hold.isolation === 'hyperv') continue;
      const left = (this.onKernel.get(hold.hostId) ?? 0) - 1;
      this.onKernel.set(hold.hostId, left);
      // An empty host is rebooted, so that its kernel is free for another boundary.
      if (left === 0) freeKernel(this.fleet, hold.hostId);
    }
  }

  /** Some hosts are cordoned, and taken back. */
  private changeHosts(): void {
    const ids = this.fleet.hosts.keys();
    const chosen = Array.from({ length: HOSTS_CHANGED }, () => ids.next().value as HostId);
    this.timed('change', chosen.length * 2, () => {
      for (const hostId of chosen) setCordon(this.fleet, hostId, true);
      for (const hostId of chosen) setCordon(this.fleet, hostId, false);
    });
  }

  private timed(what: 'place' | 'release' | 'change', count: number, act: () => void): void {
    const before = performance.now();
    const cpuBefore = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(cpuBefore);
    this.took[what] += performance.now() - before;
    this.cpu[what] += (user + system) / 1_000;
    this.did[what] += count;
  }

  private times(): Times {
    const { cpu, took, did, waiting } = this;
    const micro = (what: 'place' | 'release' | 'change') =>
      Math.round((cpu[what] * 100_000) / Math.max(did[what], 1)) / 100;
    return {
      placed: did.place - waiting,
      waiting,
      perSecond: Math.round((did.place * 1_000) / took.place),
      perCpuSecond: Math.round((did.place * 1_000) / cpu.place),
      microsecondsPerPlacement: micro('place'),
      microsecondsPerRelease: micro('release'),
      microsecondsPerHostChange: micro('change'),
    };
  }
}
