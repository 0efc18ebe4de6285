import type { ComputeSystemState } from '../../driver.js';
import type { ResultCodeName } from './result-codes.js';

/** States of the service's schema, as far as the model has them. */
export type HcsState = 'Created' | 'Running' | 'Stopped';
/** Operations of the service's schema, as far as a driver asks for them. */
export type HcsOperation = 'Construct' | 'Start' | 'Shutdown' | 'Terminate' | 'GetProperties';

/** Where a compute system stands for the service: `Starting` reads as `Created` until the start is over. */
export type HcsStanding = 'Absent' | 'Starting' | HcsState;

/** What the service answers: where the operation leads, or the code that it is refused with. */
export interface HcsRule {
  readonly operation: HcsOperation;
  readonly standing: HcsStanding;
  readonly answer: { readonly leadsTo: HcsStanding } | { readonly code: ResultCodeName };
  readonly source: string;
}

const OVERVIEW = 'Virtualization-Documentation virtualization/api/hcs/Overview.md';
const RESULTS = 'Virtualization-Documentation virtualization/api/hcs/Reference/HCSHResult.md';
const SCHEMA = 'Virtualization-Documentation virtualization/api/hcs/SchemaReference.md';
const SHIM = 'hcsshim internal/hcs/errors.go';

const leads = (
  operation: HcsOperation,
  standing: HcsStanding,
  leadsTo: HcsStanding,
  source: string,
): HcsRule => ({ operation, standing, answer: { leadsTo }, source });

const refused = (
  operation: HcsOperation,
  standing: HcsStanding,
  code: ResultCodeName,
  source: string,
): HcsRule => ({ operation, standing, answer: { code }, source });

/**
 * Every operation at every standing. A compute system is used once: after its stop only its exit can be
 * asked for. `Shutdown` and `Terminate` only begin something; that it has ended is told by the exit.
 */
export const HCS_RULES: readonly HcsRule[] = [
  leads('Construct', 'Absent', 'Created', OVERVIEW),
  refused('Construct', 'Created', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Construct', 'Starting', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Construct', 'Running', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Construct', 'Stopped', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Start', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  leads('Start', 'Created', 'Starting', SCHEMA),
  refused('Start', 'Starting', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Start', 'Running', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Start', 'Stopped', 'HCS_E_SYSTEM_ALREADY_STOPPED', OVERVIEW),
  refused('Shutdown', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  refused('Shutdown', 'Created', 'HCS_E_INVALID_STATE', RESULTS),
  leads('Shutdown', 'Starting', 'Starting', 'hcsshim internal/hcs/v2/operation.go'),
  leads('Shutdown', 'Running', 'Running', 'hcsshim internal/hcs/v2/operation.go'),
  refused('Shutdown', 'Stopped', 'HCS_E_SYSTEM_ALREADY_STOPPED', SHIM),
  refused('Terminate', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  leads('Terminate', 'Created', 'Stopped', SCHEMA),
  leads('Terminate', 'Starting', 'Starting', 'hcsshim internal/hcs/v2/operation.go'),
  leads('Terminate', 'Running', 'Running', 'hcsshim internal/hcs/v2/operation.go'),
  refused('Terminate', 'Stopped', 'HCS_E_SYSTEM_ALREADY_STOPPED', SHIM),
  refused('GetProperties', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  leads('GetProperties', 'Created', 'Created', SCHEMA),
  leads('GetProperties', 'Starting', 'Starting', SCHEMA),
  leads('GetProperties', 'Running', 'Running', SCHEMA),
  leads('GetProperties', 'Stopped', 'Stopped', OVERVIEW),
];

const codes = new Map<string, ResultCodeName>();
for (const { operation, standing, answer } of HCS_RULES) {
  if ('code' in answer) codes.set(`${operation} ${standing}`, answer.code);
}

/** The code that the service refuses an operation with, or null where it begins. */
export function refusalOf(operation: HcsOperation, standing: HcsStanding): ResultCodeName | null {
  return codes.get(`${operation} ${standing}`) ?? null;
}

/** Where a compute system stands for the service, by what the driver says of it. */
export const STANDING: Readonly<Record<ComputeSystemState, HcsStanding>> = {
  absent: 'Absent',
  created: 'Created',
  starting: 'Starting',
  running: 'Running',
  'start-failed': 'Stopped',
  exited: 'Stopped',
  spent: 'Absent',
};
