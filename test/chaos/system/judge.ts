import { setTimeout as sleep } from 'node:timers/promises';
import { checkLog } from '@bulkhead/checker';
import { emptyFleet, evolveFleet, type RecordedEvent } from '@bulkhead/domain';
import { journalsIn } from '../../../apps/cli/src/import/journals.js';
import type { Accepted } from './load.js';
import type { LogWatch } from './log-watch.js';
import type { ManyProcesses } from './many-processes.js';
import type { Callers } from './tenants.js';
import type { Wire } from './wire.js';

/** Silos of tenants whose trust changed may outlive that by what a crash of a worker costs on top. */
const EVICTION_BOUND_MS = 60_000;
/** After the last trouble, one thing after the other has to come to its end: nothing for so long is a standstill. */
const STANDSTILL_MS = 90_000;
/** And everything within this, on however slow a machine. */
const SETTLED_WITHIN_MS = 300_000;
const LAG_GONE_WITHIN_MS = 20_000;
const HEALTH_WITHIN_MS = 10_000;
const POLL_MS = 200;
const PAGE = 200;
const TOLD_MAX = 12;

export interface Facts {
  readonly all: ManyProcesses;
  readonly callers: Callers;
  readonly accepted: Accepted;
  readonly watch: LogWatch;
}

/** Waits until everything has come to its end and no consumer trails; in sentences, what has not. */
export async function settle({ all, accepted, watch }: Facts): Promise<string[]> {
  const isSettled = () => watch.open.size === 0 && unknownOf(accepted, watch.events).length === 0;
  const giveUpAtMs = performance.now() + SETTLED_WITHIN_MS;
  for (let ended = -1; watch.ended > ended && performance.now() < giveUpAtMs; ) {
    const before = watch.ended;
    await watch.until(() => isSettled() || watch.ended > before, STANDSTILL_MS);
    if (isSettled()) break;
    ended = before;
  }
  const wrong: string[] = [];
  // What the log does not know at all is the judgement's to name.
  if (watch.open.size > 0) {
    wrong.push(`not ended: ${[...watch.open].slice(0, TOLD_MAX).join(', ')}`);
  }
  return [...wrong, ...(await trailing(all))];
}

/** Everything that should not be, in sentences. Asked when all has settled. */
export async function judge(facts: Facts): Promise<string[]> {
  const { all, accepted, watch } = facts;
  await watch.look();
  const wrong = [...accepted.odd, ...oddAnswers(facts.callers)];
  wrong.push(...unknownOf(accepted, watch.events), ...repeated(accepted, watch.events));
  const report = await checkLog({
    events: watch.events,
    journals: journalsIn(all.files.journals),
    options: { mustBeFinished: true, evictionBoundMs: EVICTION_BOUND_MS },
  });
  wrong.push(
    ...report.violations.map(({ check, detail, position }) => `${check} at ${position}: ${detail}`),
  );
  wrong.push(...leaked(watch.events), ...(await misread(facts)));
  return wrong;
}

/** What was answered with success must be in the log. */
function unknownOf(accepted: Accepted, events: readonly RecordedEvent[]): string[] {
  const streams = new Set<string>(events.map(({ stream }) => stream));
  return [...accepted.workloads, ...accepted.batches]
    .filter(([, { id }]) => !streams.has(id))
    .map(([key, { id }]) => `${key} was accepted as ${id}, which the log does not know`);
}

/** A request that was sent again under its key made one thing, whichever api got it. */
function repeated(accepted: Accepted, events: readonly RecordedEvent[]): string[] {
  const wrong: string[] = [];
  let single = 0;
  let batches = 0;
  for (const { event } of events) {
    if (event.type === 'WorkloadSubmitted' && event.payload.batch === null) single += 1;
    if (event.type === 'BatchSubmitted') batches += 1;
  }
  if (single !== accepted.workloads.size) {
    wrong.push(`${accepted.workloads.size} workloads were accepted, the log has ${single}`);
  }
  if (batches !== accepted.batches.size) {
    wrong.push(`${accepted.batches.size} batches were accepted, the log has ${batches}`);
  }
  return wrong;
}

/** An api may be away, or say that it is not able to now; an error of its own is never an answer. */
function oddAnswers({ operator, auditor, tenants }: Callers): string[] {
  return [operator, auditor, ...tenants].flatMap(({ name, failedTries }) =>
    failedTries
      .filter(({ status }) => status !== null && status !== 503 && status !== 504 && status !== 409)
      .slice(0, TOLD_MAX)
      .map((tried) => `${name} was answered ${JSON.stringify(tried)}`),
  );
}

/** Every worker is well, and no consumer trails any more. */
async function trailing(all: ManyProcesses): Promise<string[]> {
  let wrong: string[] = [];
  const giveUpAtMs = performance.now() + LAG_GONE_WITHIN_MS;
  while (performance.now() < giveUpAtMs) {
    wrong = (await Promise.all(all.workers.map((worker) => troubleOf(all, worker)))).flat();
    if (wrong.length === 0) return [];
    await sleep(POLL_MS);
  }
  return wrong;
}

async function troubleOf(all: ManyProcesses, worker: ManyProcesses['hosts']): Promise<string[]> {
  try {
    const signal = AbortSignal.timeout(HEALTH_WITHIN_MS);
    const response = await fetch(`${all.urls.get(worker)}/health/ready`, { signal });
    const { problems, lag } = (await response.json()) as {
      problems: string[];
      lag: Record<string, number>;
    };
    const trails = Object.entries(lag).filter(([, events]) => events > 0);
    return [...problems, ...trails.map(([name, events]) => `${name} trails by ${events}`)].map(
      (sentence) => `${worker.name}: ${sentence}`,
    );
  } catch (error) {
    return [`${worker.name} does not say how it is: ${(error as Error).message}`];
  }
}

/** Nothing is left reserved on any host. */
function leaked(events: readonly RecordedEvent[]): string[] {
  const fleet = emptyFleet();
  for (const recorded of events) evolveFleet(fleet, recorded);
  return [...fleet.hosts.values()]
    .filter(({ usedCpuMillis, usedMemoryMiB }) => usedCpuMillis + usedMemoryMiB > 0)
    .map(({ hostId, usedCpuMillis }) => `${usedCpuMillis} cpuMillis are still taken on ${hostId}`);
}

const STATUS_OF: Readonly<Record<string, string>> = {
  WorkloadSucceeded: 'succeeded',
  WorkloadFailed: 'failed',
  WorkloadCancelled: 'cancelled',
  WorkloadTimedOut: 'timed-out',
  WorkloadRejected: 'rejected',
};

/** What tenants are shown in their lists is what the log says. */
async function misread({ callers, watch }: Facts): Promise<string[]> {
  const ends = new Map<string, string>();
  const owners = new Map<string, number>();
  for (const { stream, tenant, event } of watch.events) {
    const status = STATUS_OF[event.type];
    if (status === undefined) continue;
    ends.set(stream, status);
    owners.set(tenant ?? '', (owners.get(tenant ?? '') ?? 0) + 1);
  }
  const wrong: string[] = [];
  for (const tenant of callers.tenants) {
    const listed = await listOf(tenant);
    const count = owners.get(tenant.tenantId ?? '') ?? 0;
    if (listed.size !== count) wrong.push(`${tenant.name} lists ${listed.size} of ${count}`);
    for (const [id, status] of listed) {
      if (ends.get(id) !== status) wrong.push(`${id} is listed as ${status}, not ${ends.get(id)}`);
    }
  }
  return wrong.slice(0, TOLD_MAX);
}

async function listOf(tenant: Wire): Promise<Map<string, string>> {
  const listed = new Map<string, string>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await tenant.get(`/v1/workloads?limit=${PAGE}${after}`);
    const page = body as { items: { id: string; status: string }[]; nextCursor: string | null };
    for (const { id, status } of page.items) listed.set(id, status);
    cursor = page.nextCursor;
  }
  return listed;
}
