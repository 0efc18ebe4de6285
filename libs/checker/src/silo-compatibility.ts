import type { ImageFacts, OsVersion } from '@bulkhead/domain';

/**
 * The rule of hcsshim and containerd once more, in the checker's own lines: major and minor are equal;
 * before build 20348 the build too, and up to 14393 the revision; from then on the image lies between
 * the newest stable build strictly below the host and the host.
 */
export function siloCanRun(host: OsVersion, image: ImageFacts): boolean {
  const wanted = image.osVersion;
  if (image.os !== 'windows' || wanted === null) return false;
  if (host.major !== wanted.major || host.minor !== wanted.minor) return false;
  if (host.build <= 14393) return host.build === wanted.build && host.revision === wanted.revision;
  if (host.build < 20348) return host.build === wanted.build;
  const oldest = host.build > 26100 ? 26100 : 20348;
  return oldest <= wanted.build && wanted.build <= host.build;
}
