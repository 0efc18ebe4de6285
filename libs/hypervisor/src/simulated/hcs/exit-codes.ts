import { RESULT_CODES } from './result-codes.js';

/** How something on Windows ends that did not choose its exit code itself: NTSTATUS values and HRESULTs. */
export const EXIT_CODE = {
  /** STATUS_ACCESS_VIOLATION: what a crash gives. */
  crashed: 0xc0000005,
  /** STATUS_CONTROL_C_EXIT: what a console program gives that was asked to shut down. */
  shutDown: 0xc000013a,
  /**
   * STATUS_COMMITMENT_LIMIT: a process that is refused memory beyond the limit of its job object. Windows
   * kills nothing for want of memory: the allocation fails, and the process ends with this.
   */
  commitmentLimit: 0xc000012d,
  /** The compute system was ended from outside, by a request or because the lease had ended. */
  terminated: RESULT_CODES.HCS_E_TERMINATED.hresult,
  terminatedDuringStart: RESULT_CODES.HCS_E_TERMINATED_DURING_START.hresult,
} as const;
