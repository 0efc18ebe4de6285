import { type ShownPause, sinceLines } from './batch-lines.js';
import { contentLines, type ShownContent } from './content-lines.js';
import { type ShownReason, shownReasons } from './shown-reasons.js';
import type { Colors } from './terminal.js';

/** A workload as the api shows it, as far as it is printed for a person. */
export interface ShownWorkload {
  readonly id: string;
  readonly status: string;
  readonly image: string;
  readonly decision: {
    readonly isolation: string;
    readonly boundary: string;
    readonly reasons: readonly ShownReason[];
    readonly silenced: readonly ShownReason[];
    readonly warnings: readonly { readonly code: string; readonly because: string }[];
    readonly policyVersion: number;
  } | null;
  readonly refusal: {
    readonly code: string;
    readonly reasons: readonly ShownReason[];
  } | null;
  readonly cancelRequested: boolean;
  readonly waitingFor: readonly string[];
  readonly nextAttemptAt?: string | null;
  readonly attempts: readonly {
    readonly attempt: number;
    readonly stage: string;
    readonly isolation: string;
    readonly hostId: string;
    readonly exitCode: number | null;
    readonly exitType: string | null;
    readonly startFailure: { readonly code: string; readonly detail: string } | null;
    readonly loss: string | null;
    readonly eviction: string | null;
    readonly deadlineExceeded: boolean;
    readonly failure: { readonly cause: string; readonly counted: boolean } | null;
    readonly timings: readonly { readonly stage: string; readonly durationMs: number }[];
  }[];
  readonly submittedAt: string;
  readonly endedAt: string | null;
  /** Null where nothing was given or it was erased; left out of what was not read by itself. */
  readonly content?: ShownContent | null;
  /** Told of what was read by itself. */
  readonly cancelled?: ShownPause | null;
}

const ENDED = new Set(['succeeded', 'failed', 'cancelled', 'timed-out', 'rejected']);

/** Whether nothing will follow. */
export function isEnded({ status }: ShownWorkload): boolean {
  return ENDED.has(status);
}

/** Why nothing is shown of what it wrote. */
export function whyNoLogs(
  workload: ShownWorkload,
  { attempt, stream }: { readonly attempt?: number; readonly stream?: string },
): string {
  const { id, status, attempts } = workload;
  const had = attempts.length === 0 ? 'none has begun' : `it has had ${attempts.length}`;
  if (attempt !== undefined && attempt > attempts.length) {
    return `there is no attempt ${attempt} of ${id}: ${had}`;
  }
  if (attempts.length === 0) {
    const further = isEnded(workload)
      ? 'it never ran'
      : 'it has not run yet; --follow waits for it';
    return `${id} is ${status}: ${further}`;
  }
  const where = stream === undefined ? '' : ` to ${stream}`;
  return `${id} (${status}) has written nothing${where} that is kept`;
}

/** Workloads for a person: a row each. */
export function workloadListLines(
  workloads: readonly ShownWorkload[],
  colors: Colors,
): readonly string[] {
  if (workloads.length === 0) return ['no workload matches'];
  return workloads.map((workload) => {
    const { id, submittedAt, image } = workload;
    return `${colors.bold(id)}  ${statusText(workload, colors)}  ${submittedAt}  ${image}`;
  });
}

/** A workload for a person. */
export function workloadLines(workload: ShownWorkload, colors: Colors): string[] {
  const { decision, refusal } = workload;
  return [
    `${colors.bold(workload.id)}  ${statusText(workload, colors)}`,
    `  image      ${workload.image}`,
    ...(workload.content == null ? [] : contentLines(workload.content)),
    ...(decision === null
      ? []
      : [
          `  isolation  ${decision.isolation} (boundary ${decision.boundary}, policy ${decision.policyVersion})`,
        ]),
    ...(refusal === null ? [] : [`  refused    ${refusal.code}`]),
    ...reasonLines(workload),
    ...(workload.waitingFor.length > 0 ? [`  waits for  ${workload.waitingFor.join(', ')}`] : []),
    ...workload.attempts.map(attemptLine),
    ...(workload.nextAttemptAt == null ? [] : [`  next try   ${workload.nextAttemptAt}`]),
    `  submitted  ${workload.submittedAt}`,
    ...sinceLines('cancelled', workload.cancelled),
    ...(workload.endedAt === null ? [] : [`  ended      ${workload.endedAt}`]),
  ];
}

/** Why, then what would have been a reason had policy not switched it off, then what is warned of. */
function reasonLines({ decision, refusal }: ShownWorkload): string[] {
  const reasons = shownReasons([...(decision?.reasons ?? []), ...(refusal?.reasons ?? [])]);
  const silenced = decision?.silenced ?? [];
  const asked =
    silenced.length === 0 ? 'no rule asked for a utility VM' : 'no rule that is on asked for it';
  return [
    ...reasons.map(({ rule, because }) => `  because    ${rule}: ${because}`),
    ...(decision !== null && reasons.length === 0
      ? [`  because    nothing raised it: ${asked}`]
      : []),
    ...silenced.map(({ rule, because }) => `  silenced   off by policy: ${rule}: ${because}`),
    ...(decision?.warnings ?? []).map(({ code, because }) => `  warning    ${code}: ${because}`),
  ];
}

type ShownAttempt = ShownWorkload['attempts'][number];

function attemptLine(attempt: ShownAttempt): string {
  const timings = attempt.timings.map(({ stage, durationMs }) => `${stage} ${durationMs} ms`);
  const facts = [
    `${attempt.stage} on ${attempt.hostId} as ${attempt.isolation}`,
    ...endOf(attempt),
    ...(attempt.failure?.counted === false ? ['does not count'] : []),
  ];
  return `  attempt ${attempt.attempt}  ${facts.join(', ')}${timings.length > 0 ? ` (${timings.join(', ')})` : ''}`;
}

/** How it ended, the strongest cause first: an attempt that was evicted has an exit code too. */
function endOf(attempt: ShownAttempt): string[] {
  const { exitCode, exitType, startFailure, loss, eviction, failure } = attempt;
  if (attempt.deadlineExceeded) return ['ran longer than its time limit'];
  if (eviction !== null) return [`evicted: ${words(eviction)}`];
  if (loss !== null) return [`lost: ${words(loss)}`];
  if (startFailure !== null) return [`start failed: ${startFailure.code}: ${startFailure.detail}`];
  if (exitType === 'LeaseExpired') return ['lost: the host ended it when its lease ran out'];
  if (exitCode === null) return failure === null ? [] : [words(failure.cause)];
  return [...(failure?.cause === 'crash' ? [`crash: ${exitType}`] : []), `exit code ${exitCode}`];
}

/** `host-rebooted` as a person says it. */
function words(name: string): string {
  return name.replaceAll('-', ' ');
}

/** A cancel was accepted before anything ended: whoever asked for it wants to see that it is known. */
function statusText({ status, cancelRequested }: ShownWorkload, colors: Colors): string {
  if (status === 'succeeded') return colors.green(status);
  if (ENDED.has(status)) return colors.red(status);
  return colors.yellow(cancelRequested ? `${status}, cancel requested` : status);
}
