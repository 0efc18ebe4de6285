import { RESULT_CODES } from '../hcs/result-codes.js';
import type { RunPlan } from '../run-plan.js';
import type { StruckBy } from './fault-switches.js';

/** Somewhere in the first of it, where a run has no end of its own. */
const ENDLESS_MS = 1_000;

const ENDINGS = {
  'utility-vm-crash': RESULT_CODES.HCS_E_GUEST_CRITICAL_ERROR.hresult,
  'guest-connection-lost': RESULT_CODES.HCS_E_CONNECTION_CLOSED.hresult,
} as const;

/** What becomes of a run: the end of its utility VM comes before its own, or an escape is tried on the way. */
export function strikeRun(run: RunPlan, struck: StruckBy): RunPlan {
  const wholeMs = run.endsAfterMs ?? ENDLESS_MS;
  const escapes = struck.faults.has('escape-attempt');
  let ended: RunPlan = escapes
    ? { ...run, escapesAfterMs: Math.round(wholeMs * struck.draw('escape-attempt')) }
    : run;
  for (const fault of ['utility-vm-crash', 'guest-connection-lost'] as const) {
    const isPlanned = struck.faults.has(fault);
    const afterMs = isPlanned ? wholeMs * struck.draw(fault) : struck.afterMs(fault);
    if (afterMs === null || afterMs >= (ended.endsAfterMs ?? Number.POSITIVE_INFINITY)) continue;
    const ending = { exitCode: ENDINGS[fault], exitType: 'UnexpectedExit' } as const;
    ended = { ...ended, endsAfterMs: Math.round(afterMs), ending };
  }
  return ended;
}
