/** Result codes of the Host Compute Service by their real names and numbers. */
export const HRESULT = {
  HCS_E_TERMINATED_DURING_START: 0x80370100,
  HCS_E_IMAGE_MISMATCH: 0x80370101,
  HCS_E_HYPERV_NOT_INSTALLED: 0x80370102,
  HCS_E_TERMINATED: 0x80370107,
} as const;

/** How a process ends on Windows when it did not choose its exit code itself. */
export const EXIT_CODE = {
  /** STATUS_ACCESS_VIOLATION: what a crash gives. */
  crashed: 0xc0000005,
  /** STATUS_CONTROL_C_EXIT: what a console program gives that was asked to shut down. */
  shutDown: 0xc000013a,
  /** The compute system was ended from outside, by a request or because the lease had ended. */
  terminated: HRESULT.HCS_E_TERMINATED,
  terminatedDuringStart: HRESULT.HCS_E_TERMINATED_DURING_START,
} as const;

export function hexOf(hresult: number): string {
  return `0x${hresult.toString(16).toUpperCase().padStart(8, '0')}`;
}
