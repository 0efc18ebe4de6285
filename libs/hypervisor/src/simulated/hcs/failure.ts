import type { TimeMs } from '@bulkhead/domain';
import type { DriverFailure } from '../../driver.js';
import { codeText, hexOf, RESULT_CODES, type ResultCodeName } from './result-codes.js';

/** A start that failed, as the driver reports it: the code by its name, its number and a sentence. */
export function failureOf(
  code: ResultCodeName,
  failedAtMs: TimeMs,
  detail: string = RESULT_CODES[code].when,
): DriverFailure {
  return { code, hresult: hexOf(RESULT_CODES[code].hresult), detail, failedAtMs };
}

/** What the Host Compute Service refuses, by its own code. */
export class HcsError extends Error {
  override readonly name = 'HcsError';
  constructor(
    readonly code: ResultCodeName,
    subject: string,
  ) {
    super(`${codeText(code)}: ${subject}`);
  }
}
