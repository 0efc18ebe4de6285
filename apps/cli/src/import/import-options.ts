import type { Selection } from '../swf/select-jobs.js';
import type { HostileChoice } from './hostile-choice.js';
import type { ProcessorSize } from './job-request.js';
import type { HostFaults } from './plan-hosts.js';

/** What an import is told to do, checked. */
export interface ImportOptions {
  readonly file: string;
  readonly selection: Selection;
  readonly trustedGroup: number | null;
  readonly hostile: HostileChoice;
  readonly perProcessor: ProcessorSize;
  readonly unknownEvery: number;
  /** 0 uses the fleet as it is. */
  readonly hosts: number;
  readonly cordonOthers: boolean;
  /** Leaves the import's own hosts open at the end; otherwise they are cordoned. */
  readonly keepHosts?: boolean;
  readonly speed: number;
  readonly atOnce: boolean;
  readonly concurrency: number;
  readonly seed: number;
  /** Of the hosts that it registers; nothing where it is left out. */
  readonly faults?: HostFaults;
  readonly stallSeconds: number;
  /** Folder of the hosts' journals. */
  readonly journals: string;
}
