import {
  emptyWaitingRoom,
  enter,
  type Fleet,
  type HostId,
  leave,
  planRound,
  reserve,
  type TenantId,
  unregisteredTenant,
  type WaitingRoom,
  type WorkloadId,
  type WorkloadState,
  withdrawProposal,
} from '@bulkhead/domain';
import { hostSpec, idOf, NOW_MS, request } from '../test/domain/builders.js';
import { World } from '../test/domain/world.js';
import { rounded } from './append/statistics.js';
import { fleetOf } from './placement/fleet.js';

const HOSTS = 1_000;
const WAITING = 100_000;
const LINES = [100, 1_000, 5_000, 10_000];
const TENANTS = 500;
const ROUNDS = 200;
/** What each host has left: the smallest of those who wait fit nowhere. */
const LEFT = { cpuMillis: 200, memoryMiB: 1_100 };
const SMALLEST_MIB = 128;
/** One host in eight has no Hyper-V, never the one after it. */
const WITH_HYPER_V = 8;

/**
 * What a round of the placer costs while 100,000 workloads wait for a full fleet: one in which nothing is
 * free, and one that follows a release, which places one workload. All have been told why they wait.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  if (args.length > 0) throw new Error('waiting takes no arguments');
  const enterMicroseconds: Record<string, number> = {};
  const fullMs: Record<string, number> = {};
  const releaseMs: Record<string, number> = {};
  for (const lines of LINES) {
    const fleet = fullFleet();
    const room = emptyWaitingRoom();
    const before = process.cpuUsage();
    crowd(fleet, room, lines);
    enterMicroseconds[lines] = rounded(process.cpuUsage(before).user / WAITING);
    planRound(fleet, room, NOW_MS, newUuid());
    fullMs[lines] = meanMs(() => expectPlaced(fleet, room, 0));
    releaseMs[lines] = meanMs((round) => {
      const hostId = idOf('host', 1 + ((round * WITH_HYPER_V) % HOSTS)) as HostId;
      const slot = { hostId, reserved: { cpuMillis: 1_000, memoryMiB: 400 } };
      reserve(fleet, { ...slot, isolation: 'hyperv', batchId: null, tenantId: null }, -1);
      expectPlaced(fleet, room, 1);
      reserve(fleet, { ...slot, isolation: 'hyperv', batchId: null, tenantId: null }, 1);
    });
    console.error(
      `${lines} lines: ${fullMs[lines]} ms a round, ${releaseMs[lines]} after a release`,
    );
  }
  return { waiting: WAITING, tenants: TENANTS, enterMicroseconds, fullMs, releaseMs };
}

function fullFleet(): Fleet {
  const fleet = fleetOf(HOSTS);
  for (const { hostId, state } of [...fleet.hosts.values()]) {
    const { cpuMillis, memoryMiB } = state.spec ?? LEFT;
    const reserved = {
      cpuMillis: cpuMillis - LEFT.cpuMillis,
      memoryMiB: memoryMiB - LEFT.memoryMiB,
    };
    reserve(fleet, { hostId, reserved, isolation: 'hyperv', batchId: null, tenantId: null }, 1);
  }
  return fleet;
}

/** Workloads of hostile tenants, which stand in so many lines because so many sizes are asked for. */
function crowd(fleet: Fleet, room: WaitingRoom, lines: number): void {
  const like = waitingState();
  const sizes = Math.max(1, Math.floor(lines / TENANTS));
  for (let at = 0; at < WAITING; at += 1) {
    const tenantId = idOf('ten', at % Math.min(TENANTS, lines)) as TenantId;
    if (!fleet.tenants.has(tenantId)) {
      fleet.tenants.set(tenantId, {
        state: { ...unregisteredTenant, trust: 'hostile' },
        version: 1,
      });
    }
    const size = Math.floor(at / TENANTS) % sizes;
    const state: WorkloadState = {
      ...like,
      tenantId,
      submittedAtMs: NOW_MS - WAITING + at,
      request: request({
        priority: size % 10,
        resources: { cpuMillis: 100, memoryMiB: SMALLEST_MIB + size },
      }),
    };
    const workloadId = idOf('wl', at) as WorkloadId;
    fleet.workloads.set(workloadId, { state, version: 2 });
    enter(room, workloadId, state, at + 1);
  }
}

/** Of a workload that was told that memory is missing. */
function waitingState(): WorkloadState {
  const world = new World();
  world.registerHost(hostSpec(1));
  const tenantId = world.registerTenant('hostile');
  const resources = { cpuMillis: 1, memoryMiB: 15_000 };
  world.submit(tenantId, { resources });
  const workloadId = world.submit(tenantId, { resources });
  world.place();
  const state = world.fleet.workloads.get(workloadId)?.state;
  if (state?.deferrals[0] !== 'memory') throw new Error('it does not wait for memory');
  return state;
}

/** One round, which leaves everything as it found it. */
function expectPlaced(fleet: Fleet, room: WaitingRoom, count: number): void {
  const { placements } = planRound(fleet, room, NOW_MS, newUuid());
  if (placements.length !== count) throw new Error(`${placements.length} were placed`);
  for (const { workloadId, workload } of placements) {
    const { waiting } = room.lineOf.get(workloadId) ?? {};
    leave(room, workloadId);
    withdrawProposal(fleet, workloadId, 'refused');
    enter(room, workloadId, workload.state, waiting?.order ?? 0);
  }
}

function newUuid(): () => string {
  let ids = 0;
  return () => {
    ids += 1;
    return ids.toString(16).padStart(32, '0');
  };
}

/** By processor time, which other work on the machine touches less. */
function meanMs(act: (round: number) => void): number {
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) act(round);
  const { user, system } = process.cpuUsage(before);
  return rounded((user + system) / 1_000 / ROUNDS);
}
