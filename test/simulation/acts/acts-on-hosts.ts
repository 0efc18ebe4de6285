import type { HostId, IncidentId } from '@bulkhead/domain';
import { ChangeHost, type HostChange } from '../../../apps/api/src/hosts/change-host.handler.js';
import { ReportIncident } from '../../../apps/api/src/incidents/report-incident.handler.js';
import { hostLeaseName } from '../../../apps/worker/src/leases/fences.js';
import type { WorkerLife } from '../world/worker-life.js';
import type { Act } from './act.js';
import { stopWorker } from './acts-on-processes.js';
import { pointed, type Stage } from './stage.js';

const reason = 'simulation';
/** A machine that loses its power comes back after that long, somewhere in between. */
const OFF_MS = { least: 100, most: 60_000 } as const;

export const actsOnHosts: readonly Act[] = [
  { name: 'cordon', weight: 1, play: (stage, who) => changeHost(stage, who, simple('cordon')) },
  { name: 'uncordon', weight: 1, play: (stage, who) => changeHost(stage, who, simple('uncordon')) },
  { name: 'drain', weight: 2, play: drain },
  { name: 'quarantine', weight: 1, play: quarantine },
  { name: 'release', weight: 2, play: (stage, who) => changeHost(stage, who, simple('release')) },
  { name: 'report-incident', weight: 1, play: reportIncident },
  { name: 'fence', weight: 1, play: fence },
  { name: 'power-cycle', weight: 2, play: powerCycle },
  { name: 'power-off', weight: 1, play: powerOff },
  { name: 'cut-off', weight: 2, play: cutOff },
  { name: 'orphan-host', weight: 0, play: orphan },
];

export function simple(kind: 'cordon' | 'uncordon' | 'release' | 'fence'): HostChange {
  return { kind, reason };
}

export function changeHost(stage: Stage, who: number, change: HostChange, isPatient = false) {
  const hostId = pointed(stage.hosts, who);
  if (hostId === null) return Promise.resolve(null);
  const caller = stage.world.people.operator();
  return stage.ask(
    `${change.kind} ${hostId}`,
    (handlers) => handlers.changeHost.execute(new ChangeHost(caller, hostId, change)),
    () => {},
    isPatient,
  );
}

function drain(stage: Stage, who: number, what: number): void {
  const evictAfterMs = [null, 0, 2_000][what % 3] ?? null;
  void changeHost(stage, who, { kind: 'drain', reason, evictAfterMs });
}

function quarantine(stage: Stage, who: number, what: number): void {
  void changeHost(stage, who, { kind: 'quarantine', reason, stop: what % 2 === 0 });
}

function reportIncident(stage: Stage, who: number, what: number): void {
  const hostId = pointed(stage.hosts, who);
  if (hostId === null) return;
  const { caller, idempotency } = stage.asOperator('POST /v1/incidents');
  const workload = pointed(stage.workloads, what);
  const told = { kind: 'escape-attempt', note: reason, stop: what % 2 === 0 } as const;
  const report = { ...told, hostId, ...(workload === null ? {} : { workloadId: workload.id }) };
  void stage.ask(
    `report an incident on ${hostId}`,
    (handlers) => handlers.reportIncident.execute(new ReportIncident(caller, report, idempotency)),
    ({ body }) => stage.incidents.push(body.id as IncidentId),
  );
}

/**
 * The operator pulls the plug before saying so, and leaves it so until the statement is on record: what is
 * said of a machine must not come to be said of its next boot.
 */
function fence(stage: Stage, who: number, what: number): void {
  const hostId = pointed(stage.hosts, who);
  if (hostId === null || stage.unplugged.has(hostId)) return;
  off(stage, hostId);
  stage.unplugged.add(hostId);
  void changeHost(stage, who, simple('fence'), true).then(() => {
    stage.unplugged.delete(hostId);
    onLater(stage, hostId, what);
  });
}

function powerCycle(stage: Stage, who: number): void {
  const hostId = pointed(stage.hosts, who);
  if (hostId === null) return;
  off(stage, hostId);
  stage.powerOn(hostId);
}

function powerOff(stage: Stage, who: number, what: number): void {
  const hostId = pointed(stage.hosts, who);
  if (hostId === null) return;
  off(stage, hostId);
  onLater(stage, hostId, what);
}

function off({ world: { parts } }: Stage, hostId: HostId): void {
  parts.tell(() => `${hostId} loses its power`);
  parts.rack.powerOff(hostId);
}

function onLater(stage: Stage, hostId: HostId, what: number): void {
  const { least, most } = OFF_MS;
  stage.world.time.after(least + (what % (most - least)), () => stage.powerOn(hostId));
}

/** Nothing passes between one worker, or all of them, and the host; it goes on all the while. */
function cutOff(stage: Stage, who: number, what: number): void {
  const hostId = pointed(stage.hosts, who);
  if (hostId === null) return;
  const workers = stage.world.slots.liveWorkers();
  const { least, most } = OFF_MS;
  const ms = least + (what % (most - least));
  cut(stage, hostId, what % 3 === 0 ? workers : workers.slice(0, 1), ms);
}

/**
 * Only where a plan names it: whoever keeps in touch with a host that runs something ends, and no other worker
 * reaches it for longer than its own lease lasts. Until that ends, it goes on with what it runs.
 */
function orphan(stage: Stage, who: number, what: number): void {
  const workers = stage.world.slots.liveWorkers();
  const holderOf = (hostId: HostId) =>
    workers.find(({ worker }) => worker.leases.epochOf(hostLeaseName(hostId)) !== null);
  const busy = stage.hosts.filter(
    (hostId) => (holderOf(hostId)?.worker.follower.attempts.on(hostId).length ?? 0) > 0,
  );
  const hostId = pointed(busy, who);
  if (hostId === null) return;
  const holder = holderOf(hostId);
  const others = workers.filter((worker) => worker !== holder);
  cut(stage, hostId, others, OFF_MS.most);
  // One that is asked to end gives its leases back, so that the next has them while the host’s is fresh.
  if (what % 3 === 0) holder?.life.die();
  else stopWorker(stage, workers.indexOf(holder as WorkerLife));
}

function cut(stage: Stage, hostId: HostId, workers: readonly WorkerLife[], ms: number): void {
  const { parts } = stage.world;
  for (const { life } of workers) {
    const link = parts.connections.toHost(life.name, hostId);
    parts.tell(() => `${hostId} is cut off from ${life.name}`);
    link.isCut = true;
    parts.time.after(ms, () => {
      link.isCut = false;
    });
  }
}
