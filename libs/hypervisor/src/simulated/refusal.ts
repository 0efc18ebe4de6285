import type { DriverErrorCode } from '../driver.js';
import { codeText } from './hcs/result-codes.js';

/** Why a host does not do what it is asked. */
export interface Refusal {
  readonly code: DriverErrorCode;
  readonly detail: string;
}

export const withoutHyperV: Refusal = {
  code: 'WRONG_ISOLATION',
  detail: codeText('HCS_E_HYPERV_NOT_INSTALLED'),
};
