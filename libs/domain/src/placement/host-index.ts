import type { HostId } from '../ids.js';
import { type CompatibilityTable, compatibilityTable } from '../isolation/compatibility.js';
import type { ImageFacts, Isolation } from '../isolation/decision.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { Resources } from '../workload/request.js';
import type { FleetHost } from './fleet-host.js';
import { HostClass, type Seated } from './host-class.js';
import { type HostShape, shapeOf, supports } from './unrunnable.js';

/** Answers about images are kept for so many kinds; then the keeping begins again. */
const SUPPORT_ANSWERS_MAX = 1_000;

/** Classes by whether their software can run an image. */
export interface Support {
  readonly supporting: readonly HostClass[];
  readonly others: readonly HostClass[];
}

/**
 * The fleet's hosts by shape, standing and room, so that choosing one looks at few. It holds nothing that
 * the hosts do not say: built anew from them it is the same, whatever happened before.
 */
export class HostIndex {
  readonly classes = new Map<string, HostClass>();
  private readonly seats = new Map<HostId, Seated>();
  private readonly claims = new Map<TrustBoundary, number>();
  private readonly support = new Map<string, Support>();
  private shapesNow: readonly HostShape[] | null = null;

  /** Takes in a host, or how it is now. */
  put(host: FleetHost): void {
    const before = this.seats.get(host.hostId);
    const of = this.classFor(host, before);
    const now = of?.seat(host) ?? null;
    if (before !== undefined) {
      this.countClaim(before.host, -1);
      before.of.take(before);
      if (before.of.size === 0 && before.of !== of) this.drop(before.of);
    }
    if (now === null) {
      this.seats.delete(host.hostId);
      return;
    }
    now.of.put(now);
    this.seats.set(host.hostId, now);
    this.countClaim(host, 1);
  }

  /** Each shape once, however many hosts have it. */
  shapes(): readonly HostShape[] {
    this.shapesNow ??= [...this.classes.values()].map(({ shape }) => shape);
    return this.shapesNow;
  }

  /** Which classes can run the image; what `supports` answers is asked once for each kind of image. */
  supportFor(image: ImageFacts, isolation: Isolation, compatibilityVersion: number): Support {
    const key = supportKey(image, isolation, compatibilityVersion);
    const known = this.support.get(key);
    if (known !== undefined) return known;
    const table = compatibilityTable(compatibilityVersion);
    const support = this.askSupport(image, isolation, table);
    if (this.support.size >= SUPPORT_ANSWERS_MAX) this.support.clear();
    this.support.set(key, support);
    return support;
  }

  /** Whether a claim is on its way into the log: the boundary's own, or with null anybody's. */
  claimIsPending(boundary: TrustBoundary | null): boolean {
    return boundary === null ? this.claims.size > 0 : this.claims.has(boundary);
  }

  /** The most CPU and the most memory that any host has free, not necessarily the same one. */
  mostFree(): Resources {
    let cpuMillis = 0;
    let memoryMiB = 0;
    for (const { shelves } of this.classes.values()) {
      for (const shelf of shelves.values()) {
        if (shelf.size === 0) continue;
        const most = shelf.mostFree();
        cpuMillis = Math.max(cpuMillis, most.cpuMillis);
        memoryMiB = Math.max(memoryMiB, most.memoryMiB);
      }
    }
    return { cpuMillis, memoryMiB };
  }

  private askSupport(image: ImageFacts, isolation: Isolation, table: CompatibilityTable): Support {
    const supporting: HostClass[] = [];
    const others: HostClass[] = [];
    for (const one of this.classes.values()) {
      (supports(one.shape, image, isolation, table) ? supporting : others).push(one);
    }
    return { supporting, others };
  }

  private classFor(host: FleetHost, before: Seated | undefined): HostClass | null {
    // Most changes are of room, which leaves the state of the host's stream alone.
    if (before !== undefined && before.host.state === host.state) return before.of;
    const shape = shapeOf(host.state);
    if (shape === null) return null;
    const key = shapeKey(shape);
    const known = this.classes.get(key);
    if (known !== undefined) return known;
    const { osVersion, architecture, cpuMillis, memoryMiB, hypervPresent } = shape;
    const made = new HostClass({ osVersion, architecture, cpuMillis, memoryMiB, hypervPresent });
    this.classes.set(key, made);
    this.classesChanged();
    return made;
  }

  private drop(empty: HostClass): void {
    this.classes.delete(shapeKey(empty.shape));
    this.classesChanged();
  }

  private classesChanged(): void {
    this.shapesNow = null;
    this.support.clear();
  }

  private countClaim({ kernel }: FleetHost, sign: 1 | -1): void {
    if (!kernel?.claimPending || kernel.trustBoundary === null) return;
    const count = (this.claims.get(kernel.trustBoundary) ?? 0) + sign;
    if (count > 0) this.claims.set(kernel.trustBoundary, count);
    else this.claims.delete(kernel.trustBoundary);
  }
}

/** Equal for hosts whose software and capacity the rules cannot tell apart. */
function shapeKey(shape: HostShape): string {
  const { osVersion, architecture, cpuMillis, memoryMiB, hypervPresent } = shape;
  const { major, minor, build, revision } = osVersion;
  return [major, minor, build, revision, architecture, cpuMillis, memoryMiB, hypervPresent].join(
    ' ',
  );
}

/** Equal for images that `supports` cannot tell apart. */
function supportKey(image: ImageFacts, isolation: Isolation, version: number): string {
  const { os, architecture, osVersion } = image;
  const build =
    osVersion === null
      ? 'none'
      : `${osVersion.major}.${osVersion.minor}.${osVersion.build}.${osVersion.revision}`;
  return `${os} ${architecture} ${build} ${isolation} ${version}`;
}
