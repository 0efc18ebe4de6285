import { UnreadableJsonFile } from '../commands/json-file.js';
import { NotConfirmed } from '../commands/not-confirmed.js';
import { WaitBroken } from '../commands/wait-broken.js';
import { CredentialsProblem } from '../credentials/credentials-file.js';
import { ApiUnavailable, RequestRefused, UnusableAddress } from '../http/problem.js';
import { BadTokenAnswer, TOKEN_PATH } from '../http/token-source.js';
import { ImpossibleChoice } from '../import/plan-tenants.js';
import { NoJobs } from '../import/prepare.js';
import { LogFileProblem, UnwritableLogFile } from '../log/log-files.js';
import { UnwritableCharts } from '../simulate/charts/write-charts.js';
import { UnreadableLog } from '../swf/read-swf.js';
import { EXIT } from './exit-codes.js';
import { isEnded, type ShownWorkload } from './workload-lines.js';

/** The exit code of a wait for a workload's end, by the status that it saw last. */
export function exitCodeOfWait(workload: ShownWorkload): number {
  if (!isEnded(workload)) return EXIT.unavailable;
  if (workload.status === 'succeeded') return EXIT.done;
  return workload.status === 'rejected' ? EXIT.refused : EXIT.didNotSucceed;
}

/** What the system says where there is no room to write, or no way. */
const UNWRITABLE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS']);

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof WaitBroken) return exitCodeOf(error.cause);
  if (UNWRITABLE.has((error as NodeJS.ErrnoException)?.code ?? '')) return EXIT.unwritable;
  if (error instanceof UnwritableCharts || error instanceof UnwritableLogFile)
    return EXIT.unwritable;
  if (error instanceof RequestRefused) {
    return error.path === TOKEN_PATH ? EXIT.usage : EXIT.refused;
  }
  if (error instanceof ApiUnavailable) return EXIT.unavailable;
  if (error instanceof Error && error.name === 'AbortError') return EXIT.interrupted;
  const isUsage = [
    NotConfirmed,
    CredentialsProblem,
    LogFileProblem,
    ImpossibleChoice,
    NoJobs,
    UnreadableJsonFile,
    UnreadableLog,
    UnusableAddress,
    BadTokenAnswer,
    RangeError,
  ].some((kind) => error instanceof kind);
  return isUsage ? EXIT.usage : EXIT.notGood;
}
