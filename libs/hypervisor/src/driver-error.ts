export type DriverErrorCode =
  | 'STALE_FENCE'
  | 'SPENT_ID'
  | 'NOT_FOUND'
  | 'INVALID_STATE'
  | 'WRONG_ISOLATION'
  | 'INSUFFICIENT_RESOURCES'
  | 'NO_LEASE'
  | 'OTHER_BOOT'
  | 'TEMPLATE_ABSENT'
  | 'TEMPLATE_MISMATCH'
  | 'UNREACHABLE';

/** Every refusal of a driver. `UNREACHABLE` is the only one after which the outcome is unknown. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  constructor(
    readonly code: DriverErrorCode,
    detail: string,
  ) {
    super(detail);
  }
}
