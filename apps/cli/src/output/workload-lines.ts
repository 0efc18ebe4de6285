import Table from 'cli-table3';
import type { Colors } from './terminal.js';

/** A workload as the api shows it, as far as it is printed for a person. */
export interface ShownWorkload {
  readonly id: string;
  readonly status: string;
  readonly image: string;
  readonly decision: {
    readonly isolation: string;
    readonly boundary: string;
    readonly reasons: readonly { readonly rule: string; readonly because: string }[];
    readonly policyVersion: number;
  } | null;
  readonly refusal: {
    readonly code: string;
    readonly reasons: readonly { readonly rule: string; readonly because: string }[];
  } | null;
  readonly waitingFor: readonly string[];
  readonly attempts: readonly {
    readonly attempt: number;
    readonly stage: string;
    readonly isolation: string;
    readonly hostId: string;
    readonly exitCode: number | null;
    readonly timings: readonly { readonly stage: string; readonly durationMs: number }[];
  }[];
  readonly submittedAt: string;
  readonly endedAt: string | null;
}

export interface ShownEvent {
  readonly id: number;
  readonly type: string;
  readonly recordedAt: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const ENDED = new Set(['succeeded', 'failed', 'cancelled', 'timed-out', 'rejected']);

/** Whether nothing will follow. */
export function isEnded({ status }: ShownWorkload): boolean {
  return ENDED.has(status);
}

/** A workload for a person. */
export function workloadLines(workload: ShownWorkload, colors: Colors): string[] {
  const { decision, refusal } = workload;
  const reasons = [...(decision?.reasons ?? []), ...(refusal?.reasons ?? [])];
  return [
    `${colors.bold(workload.id)}  ${statusText(workload, colors)}`,
    `  image      ${workload.image}`,
    ...(decision === null
      ? []
      : [
          `  isolation  ${decision.isolation} (boundary ${decision.boundary}, policy ${decision.policyVersion})`,
        ]),
    ...(refusal === null ? [] : [`  refused    ${refusal.code}`]),
    ...reasons.map(({ rule, because }) => `  because    ${rule}: ${because}`),
    ...(workload.waitingFor.length > 0 ? [`  waits for  ${workload.waitingFor.join(', ')}`] : []),
    ...workload.attempts.map(attemptLine),
    `  submitted  ${workload.submittedAt}`,
    ...(workload.endedAt === null ? [] : [`  ended      ${workload.endedAt}`]),
  ];
}

function attemptLine(attempt: ShownWorkload['attempts'][number]): string {
  const timings = attempt.timings.map(({ stage, durationMs }) => `${stage} ${durationMs} ms`);
  const exit = attempt.exitCode === null ? '' : `, exit code ${attempt.exitCode}`;
  return `  attempt ${attempt.attempt}  ${attempt.stage} on ${attempt.hostId} as ${attempt.isolation}${exit}${timings.length > 0 ? ` (${timings.join(', ')})` : ''}`;
}

function statusText({ status }: ShownWorkload, colors: Colors): string {
  if (status === 'succeeded') return colors.green(status);
  return ENDED.has(status) ? colors.red(status) : colors.yellow(status);
}

/** Events for a person, one a row. */
export function eventLines(events: readonly ShownEvent[], colors: Colors): string[] {
  const table = new Table({
    head: ['', 'recorded', 'event', ''],
    style: { head: [], border: [] },
    wordWrap: false,
  });
  for (const { id, recordedAt, type, payload } of events) {
    table.push([id, recordedAt, colors.bold(type), gist(payload)]);
  }
  return [table.toString()];
}

/** The plain fields of a payload; what is nested is left to `--json`. */
function gist(payload: Readonly<Record<string, unknown>>): string {
  return Object.entries(payload)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
