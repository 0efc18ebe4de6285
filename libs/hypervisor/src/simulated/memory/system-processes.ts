import type { ImageBase } from '@bulkhead/domain';
import { CALIBRATION } from '../calibration.js';

/** A process that Windows runs in every container of a base, with its private working set. */
export interface SystemProcess {
  readonly imageName: string;
  readonly privateMB: number;
  /** Entry of the calibration figures. */
  readonly figure: string;
}

const one = (imageName: string, privateMB: number, figure: string): SystemProcess => ({
  imageName,
  privateMB,
  figure,
});

const svchosts = (count: number, { value, id }: { value: number; id: string }): SystemProcess[] =>
  Array.from({ length: count }, () => one('svchost.exe', value, id));

/** `wcow.sysproc.nano.1809`: 13 processes. */
const nano: readonly SystemProcess[] = [
  one('smss.exe', 0.25, 'wcow.mem.proc.nano.smss'),
  one('csrss.exe', 0.42, 'wcow.mem.proc.nano.csrss'),
  one('wininit.exe', 0.65, 'wcow.mem.proc.nano.wininit'),
  one('services.exe', 1.27, 'wcow.mem.proc.nano.services'),
  one('lsass.exe', 2.8, 'wcow.mem.proc.nano.lsass'),
  ...svchosts(7, CALIBRATION.svchostNano),
  one('CExecSvc.exe', 0.79, 'wcow.mem.proc.nano.CExecSvc'),
];

/** `wcow.sysproc.core`: 16 processes. */
const core: readonly SystemProcess[] = [
  one('smss.exe', 0.29, 'wcow.mem.proc.core.smss'),
  one('csrss.exe', 1.11, 'wcow.mem.proc.core.csrss'),
  one('wininit.exe', 1.2, 'wcow.mem.proc.core.wininit'),
  one('services.exe', 1.6, 'wcow.mem.proc.core.services'),
  one('lsass.exe', 3.45, 'wcow.mem.proc.core.lsass'),
  ...svchosts(9, CALIBRATION.svchostCore),
  one('fontdrvhost.exe', 0.55, 'wcow.mem.proc.core.fontdrvhost'),
  one('CExecSvc.exe', 0.86, 'wcow.mem.proc.core.CExecSvc'),
];

/**
 * The processes of an empty container, by its base. The full server base is counted with Server Core, and
 * a Linux guest has none of these: no listing of their own was found.
 */
export const SYSTEM_PROCESSES: Readonly<Record<ImageBase, readonly SystemProcess[]>> = {
  nanoserver: nano,
  servercore: core,
  server: core,
  linux: [],
};

/** What a host runs for each utility VM; one of its container's is not visible there at all. */
export const PROCESSES_OF_A_UTILITY_VM = ['vmwp.exe', 'vmmem'] as const;
