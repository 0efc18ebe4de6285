import {
  type AttemptStage,
  type ComputeSystemId,
  holdingAttempt,
  type WorkloadCommand,
  type WorkloadId,
} from '@bulkhead/domain';
import { type Act, pick } from './act.js';
import type { Play } from './play.js';

type OnHolder = (on: Play, workloadId: WorkloadId, what: number) => void;

/** On one of those that hold a place; of those only that have come as far as `stage` where it is named. */
const onHolder =
  (act: OnHolder, stage: AttemptStage | null = null): Act['play'] =>
  (on, who, what) => {
    const isThere = (id: WorkloadId) => stage === null || on.world.attemptOf(id)?.stage === stage;
    const workloadId = pick(on.holders().filter(isThere), who);
    if (workloadId !== undefined) act(on, workloadId, what);
  };
const crash: OnHolder = ({ world }, id) => world.exit(id, 3, 'UnexpectedExit');

/** What jobs and hosts do with attempts, in turn and out of it; late reports and repeated jobs included. */
export const actsOfAttempts: readonly Act[] = [
  { name: 'go-on', weight: 44, play: onHolder(goOn) },
  { name: 'start', weight: 3, play: onHolder(({ world }, id) => world.start(id)) },
  { name: 'started', weight: 3, play: onHolder(({ world }, id) => world.started(id)) },
  { name: 'exit', weight: 2, play: onHolder(({ world }, id, what) => world.exit(id, what % 3)) },
  { name: 'crash', weight: 1, play: onHolder(crash, 'started') },
  { name: 'hear-exit', weight: 1, play: onHolder(({ world }, id) => world.hearExit(id)) },
  { name: 'exit-unseen', weight: 2, play: onHolder(exitUnseen, 'authorized') },
  { name: 'release', weight: 4, play: onHolder(({ world }, id) => world.release(id)) },
  { name: 'release-too-soon', weight: 1, play: onHolder(releaseTooSoon, 'started') },
  { name: 'fail-to-start', weight: 1, play: onHolder(failToStart, 'placed') },
  { name: 'exceed-deadline', weight: 2, play: onHolder(exceedDeadline, 'started') },
  { name: 'report-again', weight: 5, play: reportAgain },
];

/** What comes next for the attempt when nothing goes wrong; a start that its host never heard of is repeated. */
export function goOn({ world }: Play, workloadId: WorkloadId, what: number): void {
  const next: Readonly<Record<AttemptStage, () => void>> = {
    placed: () => world.start(workloadId),
    authorized: () => {
      world.start(workloadId);
      world.started(workloadId);
    },
    started: () => world.exit(workloadId, what % 4 === 0 ? 1 : 0),
    'start-failed': () => world.release(workloadId),
    exited: () => world.release(workloadId),
    lost: () => world.release(workloadId),
    released: () => {},
  };
  const attempt = world.attemptOf(workloadId);
  if (attempt === null) return;
  next[attempt.stage]();
  // What is stopped, or was never asked of its host, is only released.
  if (world.attemptOf(workloadId)?.stage === attempt.stage) world.release(workloadId);
}

/** It was over before anybody heard that it had started: the report of its end brings every stage. */
function exitUnseen({ world }: Play, workloadId: WorkloadId, what: number): void {
  const attempt = world.attemptOf(workloadId);
  if (attempt === null) return;
  const { computeSystemId, hostId } = attempt;
  const host = world.hosts.get(hostId);
  const exit = { exitCode: what % 3, exitType: 'GracefulExit' } as const;
  if (host?.started(world.nowMs, computeSystemId) !== true) return;
  host.exit(world.nowMs, computeSystemId, exit.exitCode, exit.exitType);
  const at = { path: null, startedAtMs: world.nowMs - 100, finishedAtMs: world.nowMs } as const;
  const stages = ['image-pull', 'create', 'network-attach', 'start'] as const;
  const timings = stages.map((stage) => ({ stage, ...at }));
  const occurredAtMs = world.nowMs;
  world.ask(workloadId, { kind: 'report-exited', computeSystemId, timings, ...exit, occurredAtMs });
}

/** The host refuses to create it. */
function failToStart({ world }: Play, workloadId: WorkloadId): void {
  if (world.attemptOf(workloadId)?.stage === 'placed') world.start(workloadId, true);
  const attempt = world.attemptOf(workloadId);
  if (attempt?.stage !== 'authorized') return;
  const { computeSystemId, hostId } = attempt;
  if (world.hosts.get(hostId)?.systems.has(computeSystemId)) return;
  world.ask(workloadId, {
    kind: 'report-start-failed',
    computeSystemId,
    code: 'HCS_E_OPERATION_TIMEOUT',
    detail: 'it hung',
    occurredAtMs: world.nowMs,
  });
}

/** Somebody says that it is gone, while its host still runs it. */
function releaseTooSoon({ world }: Play, workloadId: WorkloadId): void {
  const attempt = world.attemptOf(workloadId);
  if (attempt === null) return;
  const { computeSystemId } = attempt;
  const released = { kind: 'report-released', computeSystemId, chance: 0 } as const;
  world.ask(workloadId, { ...released, nowMs: world.nowMs });
}

function exceedDeadline({ world }: Play, workloadId: WorkloadId): void {
  const { state } = world.fleet.workloads.get(workloadId) ?? {};
  const attempt = state === undefined ? null : holdingAttempt(state);
  if (attempt === null || state?.request?.timeoutSeconds == null) return;
  const { computeSystemId } = attempt;
  world.ask(workloadId, { kind: 'exceed-deadline', computeSystemId, nowMs: world.nowMs });
  world.exit(workloadId, 1, 'ForcedExit');
}

/** How far back late reports and repeated jobs look. */
const RECENT_EVENTS = 400;

/** Something that was said of an attempt not long ago is said once more, whatever became of it. */
function reportAgain({ world }: Play, who: number, what: number): void {
  const { events } = world.log;
  const { stream, event } =
    events[events.length - 1 - (who % Math.min(RECENT_EVENTS, events.length))] ?? {};
  if (!stream?.startsWith('wl_') || event === undefined) return;
  if (!('computeSystemId' in event.payload)) return;
  const computeSystemId = event.payload.computeSystemId as ComputeSystemId;
  const workloadId = stream as WorkloadId;
  const isPast = world.attemptOf(workloadId)?.computeSystemId !== computeSystemId;
  const again = pick(isPast ? pastReports(computeSystemId, world.nowMs) : [], what);
  if (again !== undefined) world.ask(workloadId, again);
}

/** What may be said of a compute system that is gone. None of it may change anything any more. */
function pastReports(computeSystemId: ComputeSystemId, nowMs: number): WorkloadCommand[] {
  const of = { computeSystemId, nowMs };
  const exit = { exitCode: 0, exitType: 'GracefulExit', timings: [], occurredAtMs: nowMs } as const;
  return [
    { kind: 'report-started', ...of, timings: [] },
    { kind: 'report-exited', ...of, ...exit },
    { kind: 'report-released', chance: 0, ...of },
    { kind: 'report-lost', ...of, cause: 'lease-expired' },
    { kind: 'report-start-failed', ...of, code: 'late', detail: 'late', occurredAtMs: nowMs },
    { kind: 'evict', ...of, cause: 'drain', causedByPosition: 1 },
    { kind: 'exceed-deadline', ...of },
    {
      kind: 'authorize-start',
      ...of,
      trust: 'trusted',
      trustBoundary: 'group:red',
      suspended: false,
      kernelBrokenBy: [],
      clone: null,
    },
  ];
}
