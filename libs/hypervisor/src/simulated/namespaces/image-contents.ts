import type { ImageBase } from '@bulkhead/domain';
import { type LayerBelow, layerBelow } from './layered-names.js';

/** A hive of the registry, and what it is called in an image's layer. */
export interface Hive {
  readonly name: string;
  /** Where the processes of a container find it. */
  readonly path: string;
  /** The file of what differs from the layer below. */
  readonly delta: string;
}

const hive = (name: string, path: string, delta: string): Hive => ({ name, path, delta });

/** As hcsshim has them (`internal/wclayer/cim`, its table of hives). That a scratch layer has them too is an assumption. */
export const HIVES: readonly Hive[] = [
  hive('SYSTEM', '\\Registry\\Machine\\System', 'System_Delta'),
  hive('SOFTWARE', '\\Registry\\Machine\\Software', 'Software_Delta'),
  hive('SAM', '\\Registry\\Machine\\SAM', 'Sam_Delta'),
  hive('SECURITY', '\\Registry\\Machine\\Security', 'Security_Delta'),
  hive('DEFAULT', '\\Registry\\User\\.Default', 'DefaultUser_Delta'),
];

/** A base block and one bin, the least that a file of a hive is. */
export const EMPTY_HIVE_BYTES = 4_096 + 4_096;
/** A header and one chunk, the least that a file of an event log is. */
export const EMPTY_EVENT_LOG_BYTES = 4_096 + 65_536;

export const COMPUTER_NAME =
  '\\Registry\\Machine\\System\\ControlSet001\\Control\\ComputerName\\ComputerName\\ComputerName';
export const EVENT_LOG = 'C:\\Windows\\System32\\winevt\\Logs\\System.evtx';

/** The value that every container of the image begins with; which one it is, is an assumption. */
const registry = layerBelow([[COMPUTER_NAME, 'WIN-IMAGE']]);
const withEventLog = layerBelow([[EVENT_LOG, EMPTY_EVENT_LOG_BYTES]]);
const withoutFiles = layerBelow<number>([]);

/** Bytes of files of the base that its own processes write to. That Nano Server has no event log is an assumption. */
export function filesOfBase(base: ImageBase): LayerBelow<number> {
  return base === 'servercore' || base === 'server' ? withEventLog : withoutFiles;
}

/** Values of the registry of the base that its own processes change. A Linux guest has no registry. */
export function registryOfBase(base: ImageBase): LayerBelow<string> {
  return base === 'linux' ? layerBelow<string>([]) : registry;
}
