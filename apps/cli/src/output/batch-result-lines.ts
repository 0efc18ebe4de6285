import { counted } from './counted.js';

interface Spread {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** What the tasks of a batch came to, as the api sums it up. */
export interface ShownBatchResult {
  readonly id: string;
  readonly status: string;
  readonly isFinal: boolean;
  readonly taskCount: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly exitCodes: readonly { readonly exitCode: number; readonly tasks: number }[];
  readonly attempts: { readonly total: number; readonly most: number; readonly retried: number };
  readonly ranMs: Spread | null;
  readonly tookMs: Spread | null;
  readonly firstFailures: readonly {
    readonly index: number;
    readonly workloadId: string;
    readonly status: string;
    readonly cause: string | null;
    readonly exitCode: number | null;
    readonly attempts: number;
  }[];
}

/** The result of a batch for a person. */
export function batchResultLines(result: ShownBatchResult): readonly string[] {
  const { id, status, isFinal, taskCount, statuses, exitCodes, attempts } = result;
  const told = Object.entries(statuses).map(([what, count]) => `${count} ${what}`);
  return [
    `${id}  ${status}${isFinal ? '' : '  (so far)'}`,
    `  tasks      ${taskCount}: ${told.join(', ')}`,
    ...exitCodes.map(
      ({ exitCode, tasks }) => `  exit code  ${exitCodeText(exitCode)}: ${counted(tasks, 'task')}`,
    ),
    `  attempts   ${attempts.total}; ${counted(attempts.retried, 'task')} had more than one, at most ${attempts.most}`,
    ...spreadLine('ran', result.ranMs),
    ...spreadLine('took', result.tookMs),
    ...result.firstFailures.map(
      ({ index, workloadId, status: outcome, cause, exitCode, attempts: tries }) =>
        `  ${outcome}  task ${index}: ${workloadId}, ${whyOf(outcome, cause)}${exitCode === null ? '' : `, exit code ${exitCodeText(exitCode)}`}, ${counted(tries, 'attempt')}`,
    ),
  ];
}

/** An attempt that was ended at its time limit did not fail by itself, so it has no cause. */
function whyOf(status: string, cause: string | null): string {
  if (cause !== null) return cause;
  return status === 'timed-out' ? 'its time was over' : 'no cause';
}

/** What Windows answers for what was ended, and did not end by itself. */
const FORCED = 0x80370107;

/** Codes of Windows are known, and looked up, by their hexadecimal digits. */
function exitCodeText(exitCode: number): string {
  if (exitCode < 0x80000000) return String(exitCode);
  const meaning = exitCode === FORCED ? ', it was forced to end' : '';
  return `${exitCode} (0x${exitCode.toString(16)}${meaning})`;
}

function spreadLine(what: string, spread: Spread | null): readonly string[] {
  if (spread === null) return [];
  const { min, median, p95, max } = spread;
  return [`  ${what.padEnd(9)}  ${min} to ${max} ms, median ${median}, 95 % within ${p95}`];
}
