/** Where a row of the tables in this folder was read. */
const HCS_RESULTS = 'Virtualization-Documentation virtualization/api/hcs/Reference/HCSHResult.md';
/** It is one of the codes of Winerror.h that the page does not have. */
const WINERROR =
  'https://docs.rs/windows-sys/0.36.1/windows_sys/Win32/Foundation/constant.HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION.html';

/** A result code as Windows gives it, and when the model of a host gives it. */
export interface ResultCode {
  readonly hresult: number;
  readonly when: string;
  readonly source: string;
}

function row(hresult: number, when: string, source = HCS_RESULTS): ResultCode {
  return { hresult, when, source };
}

/** Every code that something in the model ends with: by its real name and number, and no other. */
export const RESULT_CODES = {
  HCS_E_TERMINATED_DURING_START: row(0x80370100, 'it is forced to end while it starts'),
  HCS_E_IMAGE_MISMATCH: row(0x80370101, 'the image cannot run in this isolation on this build'),
  HCS_E_HYPERV_NOT_INSTALLED: row(
    0x80370102,
    'a utility VM is asked for on a host without Hyper-V',
  ),
  HCS_E_INVALID_STATE: row(0x80370105, 'what is asked for is impossible in its state'),
  HCS_E_TERMINATED: row(0x80370107, 'it is forced to end'),
  HCS_E_CONNECTION_TIMEOUT: row(0x80370109, 'the guest of a utility VM does not connect in time'),
  HCS_E_CONNECTION_CLOSED: row(0x8037010a, 'the connection to the guest of a utility VM has gone'),
  HCS_E_SYSTEM_NOT_FOUND: row(0x8037010e, 'there is no compute system of this id'),
  HCS_E_SYSTEM_ALREADY_EXISTS: row(0x8037010f, 'there is a compute system of this id already'),
  HCS_E_SYSTEM_ALREADY_STOPPED: row(0x80370110, 'it has stopped, and stays stopped'),
  HCS_E_INVALID_LAYER: row(0x80370112, 'a layer of the image is damaged'),
  HCS_E_OPERATION_TIMEOUT: row(0x80370118, 'the service does not answer in time'),
  HCS_E_GUEST_CRITICAL_ERROR: row(0x8037011c, 'the guest kernel of a utility VM has crashed'),
  HCS_E_SERVICE_DISCONNECT: row(
    0x8037011e,
    'the service has died; what was asked of it is unknown',
  ),
  HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION: row(
    0x80370120,
    'a container is to be paused, resumed or saved, which only VMs are',
    WINERROR,
  ),
  ERROR_FILE_NOT_FOUND: row(
    0x80070002,
    'a layer could not be imported, again and again',
    'https://github.com/moby/moby/issues/32838',
  ),
  ERROR_COMMITMENT_LIMIT: row(
    0x800705af,
    'what it would commit does not fit below the commit limit of the host',
    'https://github.com/microsoft/navcontainerhelper/issues/870 ("the paging file is too small")',
  ),
  HCN_E_ADDR_INVALID_OR_RESERVED: row(
    0x803b002f,
    'the network of the host has no address left',
    'https://github.com/kubernetes-sigs/windows-testing/pull/567',
  ),
} as const satisfies Record<string, ResultCode>;

export type ResultCodeName = keyof typeof RESULT_CODES;

export function hexOf(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(8, '0')}`;
}

/** `HCS_E_INVALID_STATE (0x80370105)`, as engines print it. */
export function codeText(name: ResultCodeName): string {
  return `${name} (${hexOf(RESULT_CODES[name].hresult)})`;
}
