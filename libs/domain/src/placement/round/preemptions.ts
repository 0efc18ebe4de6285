import type { TimeMs } from '../../event.js';
import type { HostId, TenantId } from '../../ids.js';
import type { Policy } from '../../policy/events.js';
import { usedWith } from '../../tenant/quota.js';
import type { WorkloadState } from '../../workload/state.js';
import type { Fleet } from '../fleet/fleet.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { useOf } from '../fleet/tenant-use.js';
import { reservation, shapeOf } from '../unrunnable.js';
import { capacityOf, dominantShare, weightOf } from '../waiting/fair-share.js';
import type { Waiting } from '../waiting/line.js';
import { proposeIfFree } from '../what-if.js';
import type { PlannedPreemption } from './planned-round.js';
import { type Holder, holdersByHost, preemptionsOf, roomOf } from './victims.js';

/** A workload is preempted so many times in its life and then no more. */
export const PREEMPTIONS_PER_WORKLOAD_MAX = 3;
/** So many at most go for one workload. */
export const VICTIMS_MAX = 8;
/** A round looks for victims for so many, and asks so many hosts for each. */
const SEARCHES_PER_ROUND_MAX = 4;
const HOSTS_ASKED_MAX = 16;

/** What has to go from a host so that a workload has room there; nobody where those on the way out are enough. */
interface Sacrifice {
  readonly host: FleetHost;
  readonly victims: readonly Holder[];
  readonly leaving: readonly Holder[];
}

/**
 * Whom policy lets an urgent workload displace: only who was submitted with a lower priority, so that
 * nobody displaces back, and who has not been displaced too often. It frees room and decides nothing: the
 * workload is placed by the rules once the room is free, and waits where they say otherwise.
 */
export class Preemptions {
  readonly planned: PlannedPreemption[] = [];
  private holders: ReadonlyMap<HostId, readonly Holder[]> | null = null;
  private searches = 0;

  constructor(
    private readonly fleet: Fleet,
    private readonly nowMs: TimeMs,
  ) {}

  /** From when on policy lets it displace others, as its waiting counts; null for never. */
  mayPreemptFromMs({ priority, sinceMs }: Waiting): TimeMs | null {
    const { policy } = this.fleet.policy.state;
    if (policy === null || policy.preemption.fromPriority === null) return null;
    const stepsToWait = Math.max(0, policy.preemption.fromPriority - priority);
    return sinceMs + stepsToWait * policy.waitingOrder.priorityStepMs;
  }

  /**
   * The host on which it displaces the fewest, or on which enough is on the way out already; null where
   * there is none. Who has to go is planned. `kept` is the host that it has been given before; those that
   * are kept for others are `taken`.
   */
  makeRoom(
    waiting: Waiting,
    workload: WorkloadState,
    kept: HostId | null,
    taken: ReadonlyMap<HostId, unknown>,
  ): HostId | null {
    const { policy } = this.fleet.policy.state;
    if (policy === null || this.searches >= SEARCHES_PER_ROUND_MAX) return null;
    this.searches += 1;
    this.holders ??= holdersByHost(this.fleet);
    const found = [...this.holders.keys()]
      .filter((hostId) => !taken.has(hostId))
      .flatMap((hostId) => this.sacrificeOn(hostId, waiting, workload, policy) ?? [])
      .sort((a, b) => comesBefore(a, b, kept))
      .slice(0, HOSTS_ASKED_MAX);
    const best = this.best(found, workload);
    if (best === null) return null;
    for (const { workloadId, tenantId, attempt } of best.victims) {
      const { computeSystemId } = attempt;
      const by = waiting.workloadId;
      const causedByPosition = waiting.order;
      this.planned.push({ workloadId, tenantId, computeSystemId, by, causedByPosition });
    }
    return best.host.hostId;
  }

  /** The first that the placement itself would take, behind the wall that was decided if there is one. */
  private best(found: readonly Sacrifice[], workload: WorkloadState): Sacrifice | null {
    let otherWall: Sacrifice | null = null;
    for (const one of found) {
      const gone = roomOf([...one.victims, ...one.leaving]);
      const proposal = proposeIfFree(this.fleet, one.host, gone, workload, this.nowMs);
      if (proposal.kind !== 'place') continue;
      if (proposal.decision.isolation === workload.decision?.isolation) return one;
      otherWall ??= one;
    }
    return otherWall;
  }

  private sacrificeOn(
    hostId: HostId,
    waiting: Waiting,
    workload: WorkloadState,
    policy: Policy,
  ): Sacrifice | null {
    const host = this.fleet.hosts.get(hostId);
    const shape = host === undefined ? null : shapeOf(host.state);
    if (host === undefined || shape === null || workload.request === null) return null;
    const isolation = workload.decision?.isolation ?? 'process';
    const needed = reservation(workload.request.resources, isolation, policy);
    const here = this.holders?.get(hostId) ?? [];
    const leaving = here.filter((holder) => holder.isLeaving);
    const room = roomOf(leaving);
    let cpuLacks = needed.cpuMillis - (shape.cpuMillis - host.usedCpuMillis + room.cpuMillis);
    let memoryLacks = needed.memoryMiB - (shape.memoryMiB - host.usedMemoryMiB + room.memoryMiB);
    const lacks = () => cpuLacks > 0 || memoryLacks > 0;
    const covers = ({ attempt: { reserved } }: Holder) =>
      Math.min(1, reserved.cpuMillis / Math.max(1, cpuLacks)) +
      Math.min(1, reserved.memoryMiB / Math.max(1, memoryLacks));
    const victims: Holder[] = [];
    const mayGo = this.displaceable(here, waiting, workload, policy, needed, isolation);
    while (lacks() && victims.length < VICTIMS_MAX) {
      const next = mayGo(victims).sort(
        (a, b) =>
          covers(b) - covers(a) ||
          a.priority - b.priority ||
          (a.workloadId < b.workloadId ? -1 : 1),
      )[0];
      if (next === undefined) return null;
      victims.push(next);
      cpuLacks -= next.attempt.reserved.cpuMillis;
      memoryLacks -= next.attempt.reserved.memoryMiB;
    }
    return lacks() ? null : { host, leaving, victims: spared(victims, -cpuLacks, -memoryLacks) };
  }

  /** Who else of them may go when some go already. */
  private displaceable(
    here: readonly Holder[],
    { priority }: Waiting,
    { tenantId }: WorkloadState,
    policy: Policy,
    needed: { cpuMillis: number; memoryMiB: number },
    isolation: 'process' | 'hyperv',
  ): (going: readonly Holder[]) => Holder[] {
    const lower = here.filter(
      (one) =>
        !one.isLeaving &&
        one.priority < priority &&
        preemptionsOf(one.state) < PREEMPTIONS_PER_WORKLOAD_MAX &&
        (one.tenantId === tenantId || policy.preemption.otherTenants),
    );
    const capacity = capacityOf(this.fleet, policy);
    const own = tenantId as TenantId;
    const use = usedWith(useOf(this.fleet, own), needed, isolation, 1);
    const ownShare = dominantShare(use, capacity, weightOf(policy, own));
    const leftTo = (one: Holder, going: readonly Holder[]) => {
      const gone = [...going, one].filter((other) => other.tenantId === one.tenantId);
      const left = gone.reduce(
        (held, { attempt }) => usedWith(held, attempt.reserved, attempt.isolation, -1),
        useOf(this.fleet, one.tenantId),
      );
      return dominantShare(left, capacity, weightOf(policy, one.tenantId));
    };
    return (going) =>
      lower.filter(
        (one) => !going.includes(one) && (one.tenantId === own || leftTo(one, going) >= ownShare),
      );
  }
}

/** Without those who turn out not to be needed, the highest priority first. */
function spared(victims: readonly Holder[], cpuOver: number, memoryOver: number): Holder[] {
  let [cpu, memory] = [cpuOver, memoryOver];
  const needed = new Set(victims);
  for (const one of [...victims].sort((a, b) => b.priority - a.priority)) {
    const { cpuMillis, memoryMiB } = one.attempt.reserved;
    if (cpuMillis > cpu || memoryMiB > memory) continue;
    needed.delete(one);
    cpu -= cpuMillis;
    memory -= memoryMiB;
  }
  return [...needed];
}

/** Fewest first, then the host that was given before, then the lowest priorities, then the lower id. */
function comesBefore(a: Sacrifice, b: Sacrifice, kept: HostId | null): number {
  const isKept = ({ host }: Sacrifice) => (host.hostId === kept ? 0 : 1);
  const priorities = ({ victims }: Sacrifice) =>
    victims.reduce((sum, { priority }) => sum + priority, 0);
  return (
    a.victims.length - b.victims.length ||
    isKept(a) - isKept(b) ||
    priorities(a) - priorities(b) ||
    (a.host.hostId < b.host.hostId ? -1 : 1)
  );
}
