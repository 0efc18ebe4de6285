import { DriverError, type DriverErrorCode } from '../../driver.js';

/** Thrown when the two sides do not understand each other: a wrong token, or versions that differ. */
export class DriverProtocolError extends Error {
  override readonly name = 'DriverProtocolError';
}

const REFUSALS: Readonly<Record<DriverErrorCode, true>> = {
  STALE_FENCE: true,
  SPENT_ID: true,
  NOT_FOUND: true,
  INVALID_STATE: true,
  WRONG_ISOLATION: true,
  INSUFFICIENT_RESOURCES: true,
  NO_LEASE: true,
  OTHER_BOOT: true,
  TEMPLATE_ABSENT: true,
  TEMPLATE_MISMATCH: true,
  UNREACHABLE: true,
};

/** A refusal by a code of the contract; a failure inside leaves the outcome unknown; the rest is a misunderstanding. */
export function refusalFrom(code: string | undefined, detail = 'no detail'): Error {
  if (code !== undefined && Object.hasOwn(REFUSALS, code)) {
    return new DriverError(code as DriverErrorCode, detail);
  }
  if (code === 'INTERNAL') return new DriverError('UNREACHABLE', detail);
  return new DriverProtocolError(`${code ?? 'no code'}: ${detail}`);
}
