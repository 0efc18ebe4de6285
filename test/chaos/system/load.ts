import { setTimeout as sleep } from 'node:timers/promises';
import type { Callers } from './tenants.js';
import type { Wire } from './wire.js';

export const WINDOWS = 'mcr.microsoft.com/windows/nanoserver:ltsc2025';
const IMAGES = [WINDOWS, 'mcr.microsoft.com/windows/nanoserver:ltsc2022'];
export const RESOURCES = { cpuMillis: 500, memoryMiB: 256 };
const RUN_MAX_MS = 1_500;
/** Tasks of one batch; every so many'th submission is one. */
const TASKS_MAX = 40;
const BATCH_SHARE = 0.25;
const CANCEL_SHARE = 0.06;
const CANCEL_WITHIN_MS = 2_000;

/** One request of a load: what it asks for, and when. */
export interface Submission {
  readonly nr: number;
  readonly atMs: number;
  readonly tenant: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** How many workloads it makes; null for a single one. */
  readonly tasks: number | null;
  /** When it is cancelled, after it was accepted; null for never. */
  readonly cancelAfterMs: number | null;
}

/** What became of the requests, by their own record: the log is held against it. */
export interface Accepted {
  readonly workloads: Map<string, { readonly tenant: number; readonly id: string }>;
  readonly batches: Map<
    string,
    { readonly tenant: number; readonly id: string; readonly tasks: number }
  >;
  /** Answers that nobody may get. */
  readonly odd: string[];
}

export function nothingAccepted(): Accepted {
  return { workloads: new Map(), batches: new Map(), odd: [] };
}

/**
 * That many workloads at least, spread over that time as the chances decide. What batches that are cancelled may lack
 * is made up for by single ones, from `further` chances, so that nothing else is drawn otherwise for it.
 */
export function drawLoad(
  chance: () => number,
  further: () => number,
  workloads: number,
  lastsMs: number,
): Submission[] {
  const load = drawSubmissions(chance, workloads, lastsMs);
  const sure = load.reduce((sum, submission) => sum + surelyMade(submission), 0);
  for (let nr = load.length + 1, left = workloads - sure; left > 0; nr += 1, left -= 1) {
    const [atMs, tenant] = [further() * lastsMs, Math.floor(further() * 3)];
    const body = drawWorkload(further);
    load.push({ nr, atMs, tenant, body, tasks: null, cancelAfterMs: null });
  }
  return load.sort((a, b) => a.atMs - b.atMs);
}

/** How many workloads a submission makes, whatever happens: of a batch that is cancelled nobody knows how many. */
export function surelyMade({ tasks, cancelAfterMs }: Submission): number {
  if (tasks === null) return 1;
  return cancelAfterMs === null ? tasks : 0;
}

function drawSubmissions(chance: () => number, workloads: number, lastsMs: number): Submission[] {
  const load: Submission[] = [];
  for (let left = workloads, nr = 1; left > 0; nr += 1) {
    const isBatch = left > 1 && chance() < BATCH_SHARE;
    const tasks = isBatch ? 1 + Math.floor(chance() * Math.min(TASKS_MAX, left - 1)) : null;
    const workload = drawWorkload(chance);
    const maxParallel = 1 + Math.floor(chance() * TASKS_MAX);
    const batch = { name: `batch-${nr}`, taskDefaults: workload, count: tasks, maxParallel };
    load.push({
      nr,
      atMs: chance() * lastsMs,
      tenant: Math.floor(chance() * 3),
      body: tasks === null ? workload : batch,
      tasks,
      cancelAfterMs: chance() < CANCEL_SHARE ? chance() * CANCEL_WITHIN_MS : null,
    });
    left -= tasks ?? 1;
  }
  return load;
}

function drawWorkload(chance: () => number): Record<string, unknown> {
  const kind = chance();
  const durationMs = Math.floor(chance() * RUN_MAX_MS);
  const common = { image: IMAGES[Math.floor(chance() * IMAGES.length)], resources: RESOURCES };
  const restartPolicy = { maxAttempts: 1 + Math.floor(chance() * 3), backoffSeconds: 0 };
  if (kind < 0.08) return { ...common, restartPolicy, simulation: { durationMs, exitCode: 3 } };
  if (kind < 0.12)
    return { ...common, restartPolicy, simulation: { durationMs, exitCode: 0, fault: 'crash' } };
  if (kind < 0.16) {
    return { ...common, timeoutSeconds: 1, simulation: { durationMs, exitCode: 0, fault: 'hang' } };
  }
  const isolation = chance() < 0.2 ? 'hyperv' : 'default';
  return { ...common, isolation, simulation: { durationMs, exitCode: 0 } };
}

/** Sends everything at its time, and cancels what is to be cancelled. Ends when all was answered, which it notes. */
export async function carryOutLoad(
  load: readonly Submission[],
  { tenants }: Callers,
  accepted: Accepted,
): Promise<void> {
  const beganAtMs = performance.now();
  const running: Promise<void>[] = [];
  for (const submission of load) {
    const waitMs = submission.atMs - (performance.now() - beganAtMs);
    if (waitMs > 0) await sleep(waitMs);
    const tenant = tenants[submission.tenant] as Wire;
    running.push(submit(submission, tenant, accepted));
  }
  await Promise.all(running);
}

async function submit(
  { nr, tenant: at, body, tasks, cancelAfterMs }: Submission,
  tenant: Wire,
  accepted: Accepted,
): Promise<void> {
  const path = tasks === null ? '/v1/workloads' : '/v1/batches';
  const key = `submission-${nr}`;
  const answer = await tenant.post(path, body, key);
  const { id } = answer.body as { id?: string };
  if (answer.status !== 202 || id === undefined) {
    accepted.odd.push(`${key} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return;
  }
  if (tasks === null) accepted.workloads.set(key, { tenant: at, id });
  else accepted.batches.set(key, { tenant: at, id, tasks });
  if (cancelAfterMs === null) return;
  await sleep(cancelAfterMs);
  const cancelled = await tenant.post(`${path}/${id}/cancel`, {}, `${key}-cancel`);
  if (cancelled.status !== 202 && cancelled.status !== 409) {
    accepted.odd.push(`the cancel of ${key} was answered ${cancelled.status}`);
  }
}
