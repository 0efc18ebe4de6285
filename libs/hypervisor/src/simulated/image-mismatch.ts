import {
  canRunInSilo,
  canRunInUtilityVm,
  compatibilityTables,
  type HostSpec,
  type OsVersion,
} from '@bulkhead/domain';
import type { ComputeSystemSpec } from '../driver.js';

/**
 * Why a host cannot run an image in an isolation, or null where it can. A machine obeys the newest table
 * that is known, whatever a policy still decides by.
 */
export function mismatchOf(spec: ComputeSystemSpec, host: HostSpec): string | null {
  const { image, isolation } = spec;
  const table = compatibilityTables.at(-1);
  const runs =
    image.architecture === host.architecture &&
    (isolation === 'hyperv'
      ? canRunInUtilityVm(host.osVersion, image)
      : table !== undefined && canRunInSilo(host.osVersion, image, table));
  if (runs) return null;
  const version = image.osVersion ? versionText(image.osVersion) : 'no Windows version';
  return `an image for ${image.os}/${image.architecture} (${version}) does not run with isolation ${isolation} on ${host.architecture} Windows ${versionText(host.osVersion)}`;
}

function versionText({ major, minor, build, revision }: OsVersion): string {
  return `${major}.${minor}.${build}.${revision}`;
}
