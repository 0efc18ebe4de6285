import type { DriverErrorCode } from '../../driver.js';
import type { ResultCodeName } from './result-codes.js';
import type { HcsOperation } from './rule.js';

/** What a driver's caller is told where the service refuses: an effect that is repeated is no refusal. */
export type DriverAnswer = 'nothing' | DriverErrorCode;

const ANSWERS: Readonly<
  Partial<Record<HcsOperation, Readonly<Partial<Record<ResultCodeName, DriverAnswer>>>>>
> = {
  Construct: { HCS_E_SYSTEM_ALREADY_EXISTS: 'INVALID_STATE' },
  Start: {
    HCS_E_SYSTEM_NOT_FOUND: 'NOT_FOUND',
    HCS_E_INVALID_STATE: 'nothing',
    HCS_E_SYSTEM_ALREADY_STOPPED: 'nothing',
  },
  Shutdown: { HCS_E_SYSTEM_NOT_FOUND: 'NOT_FOUND', HCS_E_SYSTEM_ALREADY_STOPPED: 'nothing' },
  Terminate: { HCS_E_SYSTEM_NOT_FOUND: 'nothing', HCS_E_SYSTEM_ALREADY_STOPPED: 'nothing' },
  GetProperties: { HCS_E_SYSTEM_NOT_FOUND: 'NOT_FOUND' },
};

export function driverAnswerTo(operation: HcsOperation, code: ResultCodeName): DriverAnswer {
  return ANSWERS[operation]?.[code] ?? 'INVALID_STATE';
}
