import {
  breachesOf,
  EmptyHosts,
  type HostId,
  type ImageFacts,
  type ImageId,
  imageDecider,
  imageFacts,
  type OsVersion,
  type PlannedPlacement,
  policyDecider,
  type StreamId,
  type TenantId,
  type WorkloadId,
} from '@bulkhead/domain';
import { evictFromBrokenKernels } from '../domain/advisory-operators.js';
import { hostSpec, idOf, policy, windows } from '../domain/builders.js';
import { World } from '../domain/world.js';

/** An image that tenants run; `build` null is Linux. */
interface Kind {
  readonly name: string;
  readonly build: OsVersion | null;
  readonly architecture: 'amd64' | 'arm64';
  readonly publisher: string;
}

const amd64 = 'amd64' as const;
const kinds: readonly Kind[] = [
  { name: 'nano', build: windows(20348), architecture: amd64, publisher: 'microsoft' },
  { name: 'core', build: windows(26100), architecture: amd64, publisher: 'microsoft' },
  { name: 'old', build: windows(17763), architecture: amd64, publisher: 'microsoft' },
  { name: 'debian', build: null, architecture: amd64, publisher: 'microsoft' },
  { name: 'vendor', build: windows(20348), architecture: amd64, publisher: 'contoso' },
  { name: 'arm', build: windows(26100), architecture: 'arm64', publisher: 'microsoft' },
];

/** How long evictions that are due may wait: half of the stated bound. */
const TEND_TENANTS_MS = 5_000;

/**
 * A world under way: a fleet in which everything is scarce, tenants of every trust, a catalogue, and what
 * the acts on it have to remember.
 */
export class Play {
  readonly world = new World();
  readonly tenants: readonly TenantId[];
  readonly empty = new EmptyHosts();
  private readonly releases = kinds.map(() => 1);
  private dueSinceMs: number | null = null;

  constructor() {
    const { world } = this;
    const { nowMs } = world;
    const templates = { afterBoots: 1, perHostMax: 3, warmCopies: 1 };
    const sharing = { templates, templateSharing: 'trusted-boundaries' } as const;
    const frees = { ...policy, rebootEmptyAfterMs: 0, ...sharing };
    const published = { kind: 'publish-policy', version: 2, policy: frees, nowMs } as const;
    world.run(policyDecider, 'policy', null, published);
    const room = { cpuMillis: 6_000, memoryMiB: 9_000 };
    const [a, b, ssd] = [{ zone: 'a' }, { zone: 'b' }, { disk: 'ssd' }];
    world.registerHost(hostSpec(1, { ...room, labels: a }));
    world.registerHost(hostSpec(2, { ...room, labels: b, hypervPresent: false }));
    world.registerHost(
      hostSpec(3, { ...room, labels: { ...a, ...ssd }, osVersion: windows(26100) }),
    );
    world.registerHost(hostSpec(4, { ...room, osVersion: windows(17763) }));
    const large = { cpuMillis: 12_000, memoryMiB: 16_000 };
    world.registerHost(hostSpec(5, { ...large, labels: { ...b, ...ssd } }));
    this.tenants = [
      world.registerTenant('trusted', 'red'),
      world.registerTenant('trusted', 'red'),
      world.registerTenant('trusted', 'blue'),
      world.registerTenant('standard'),
      world.registerTenant('standard'),
      world.registerTenant('hostile'),
    ];
    for (const at of kinds.keys()) this.register(at);
  }

  /** Hosts that have not left the fleet. */
  hosts(): HostId[] {
    const all = [...this.world.fleet.hosts.values()];
    return all.filter(({ state }) => state.condition !== 'retired').map(({ hostId }) => hostId);
  }

  /** Workloads that hold a place. */
  holders(): WorkloadId[] {
    const { world } = this;
    return [...world.fleet.workloads.keys()].filter((id) => world.attemptOf(id) !== null);
  }

  /** What a submission would be told of some image now; the last number is of one that nobody knows. */
  facts(number: number): ImageFacts {
    const at = number % (kinds.length + 1);
    const kind = kinds[at];
    const release = this.releases[at] ?? 0;
    const imageId = imageIdOf(at, release);
    const state = this.world.log.stateOf(imageDecider, imageId);
    const reference = `${kind?.name ?? 'unknown'}:${release}`;
    return imageFacts(imageId, reference, state);
  }

  /** Takes back the release that there is, and brings out the next. */
  revoke(number: number): void {
    const at = number % kinds.length;
    const { nowMs } = this.world;
    const command = { kind: 'revoke-image', reason: 'test', nowMs } as const;
    this.world.run(imageDecider, imageIdOf(at, this.releases[at] ?? 0), null, command);
    this.releases[at] = (this.releases[at] ?? 0) + 1;
    this.register(at);
  }

  /** From now on, what a change of a tenant, an advisory or a policy forbids has to go. */
  evictionsAreDue(): void {
    this.dueSinceMs ??= this.world.nowMs;
  }

  /** Whether evictions have waited as long as they may. */
  mustTendTenants(): boolean {
    return this.dueSinceMs !== null && this.world.nowMs - this.dueSinceMs > TEND_TENANTS_MS;
  }

  /** What the worker does after a change of a tenant, an advisory or a policy. */
  tendTenants(): void {
    this.dueSinceMs = null;
    const { world } = this;
    for (const tenantId of this.tenants) {
      const breaches = breachesOf(world.fleet, tenantId);
      const cause = breaches.length > 0 ? this.lastChangeOf(tenantId) : 0;
      for (const { workloadId, cause: because } of breaches) {
        world.evict(workloadId, because, cause);
      }
    }
    evictFromBrokenKernels(world);
  }

  /** Whether the append of a planned placement would meet a conflict, as the event store judges it. */
  hasMoved({ workloadId, workload, guards, claim }: PlannedPlacement): boolean {
    const { log } = this.world;
    const moved = (stream: StreamId, version: number) => log.versionOf(stream) !== version;
    if (moved(workloadId, workload.version)) return true;
    if (claim !== null && moved(claim.kernelInstanceId, claim.version)) return true;
    return guards.some(({ stream, version }) => moved(stream, version));
  }

  /** Position of the last event that may forbid something that runs. */
  private lastChangeOf(tenantId: TenantId): number {
    const forbids = ['TenantTrustChanged', 'TenantBoundaryChanged', 'TenantSuspended'];
    const last = this.world.log.events.findLast(
      ({ stream, event }) => stream === tenantId && forbids.includes(event.type),
    );
    return last?.position ?? 0;
  }

  private register(at: number): void {
    const { build: osVersion, architecture, name, publisher } = kinds[at] as Kind;
    const release = this.releases[at] ?? 0;
    const imageId = imageIdOf(at, release);
    const [os, base] = osVersion === null ? ['linux', 'linux'] : ['windows', 'nanoserver'];
    const image = {
      ...{ imageId, reference: `${name}:${release}`, os, base, architecture, osVersion, publisher },
      layers: [{ digest: `sha256:${'a'.repeat(64)}`, compressedMiB: 1, unpackedMiB: 2 }],
      provenance: { origin: 'registered', manifestDigest: null, attestation: null },
    } as const;
    const { nowMs } = this.world;
    this.world.run(imageDecider, imageId, null, { kind: 'register-image', image, nowMs } as never);
  }
}

function imageIdOf(at: number, release: number): ImageId {
  return idOf('img', at * 100_000 + release) as ImageId;
}
