import type { OsVersion } from '../image/events.js';
import type { DecisionWarning, ImageFacts } from './decision.js';

/**
 * Which Windows image runs on which Windows host, as data. The rules are those of hcsshim
 * (osversion/platform_compat_windows.go) and containerd/platforms (platform_windows_compat.go), the
 * utility-VM rule is Microsoft's version-compatibility page; what the field contradicts is a warning.
 */
export interface CompatibilityTable {
  readonly version: number;
  /** From this build on a host accepts images of earlier builds in a silo. */
  readonly firstDownlevelHostBuild: number;
  /** The builds whose images later hosts go on accepting, oldest first. */
  readonly stableAbiBuilds: readonly number[];
  /** Up to this build a silo needs the same revision (fourth number) too. */
  readonly lastBuildWithRevisionMatch: number;
  readonly clientBuilds: readonly number[];
  readonly fieldContradictions: readonly {
    readonly hostBuild: number;
    readonly imageBuild: number;
    readonly because: string;
  }[];
}

export const compatibilityTables: readonly CompatibilityTable[] = [
  {
    version: 1,
    firstDownlevelHostBuild: 20348,
    stableAbiBuilds: [20348, 26100],
    lastBuildWithRevisionMatch: 14393,
    clientBuilds: [22621, 22631, 26200],
    fieldContradictions: [
      {
        hostBuild: 26200,
        imageBuild: 26100,
        because: 'ltsc2025 images failed on build 26200 with 0xC0370112 (hcsshim issue 2566)',
      },
      {
        hostBuild: 26200,
        imageBuild: 20348,
        because: 'ltsc2022 images ran on build 26200 against the rule (hcsshim issue 2566)',
      },
    ],
  },
];

/** @throws RangeError where no table has that version: a policy names one that this code does not carry. */
export function compatibilityTable(version: number): CompatibilityTable {
  const table = compatibilityTables.find((candidate) => candidate.version === version);
  if (table === undefined) throw new RangeError(`no compatibility table of version ${version}`);
  return table;
}

type ImageOfHost = Pick<ImageFacts, 'os' | 'osVersion'>;

/**
 * Whether a host's kernel can run the image in a silo. Major and minor must be equal; before build
 * 20348 the build too; from then on any build between the newest stable one below the host and the host.
 */
export function canRunInSilo(
  host: OsVersion,
  image: ImageOfHost,
  table: CompatibilityTable,
): boolean {
  const wanted = image.osVersion;
  if (image.os !== 'windows' || wanted === null) return false;
  if (host.major !== wanted.major || host.minor !== wanted.minor) return false;
  if (host.build < table.firstDownlevelHostBuild) {
    const revisionDecides = host.build <= table.lastBuildWithRevisionMatch;
    return host.build === wanted.build && (!revisionDecides || host.revision === wanted.revision);
  }
  return oldestSiloBuild(host.build, table) <= wanted.build && wanted.build <= host.build;
}

/** The newest stable build strictly below the host's, or the first build that takes older images. */
function oldestSiloBuild(hostBuild: number, table: CompatibilityTable): number {
  const below = table.stableAbiBuilds.filter((build) => build < hostBuild);
  return below.at(-1) ?? table.firstDownlevelHostBuild;
}

/** Whether a host can run the image in a utility VM: any Windows up to its own build, and Linux. */
export function canRunInUtilityVm(host: OsVersion, image: ImageOfHost): boolean {
  if (image.os === 'linux') return true;
  const wanted = image.osVersion;
  return (
    wanted !== null &&
    host.major === wanted.major &&
    host.minor === wanted.minor &&
    wanted.build <= host.build
  );
}

/** What is known to contradict the rules for this pair. It is shown and never changes the answer. */
export function compatibilityWarnings(
  host: OsVersion,
  image: ImageOfHost,
  table: CompatibilityTable,
): DecisionWarning[] {
  const warnings: DecisionWarning[] = [];
  const wanted = image.osVersion;
  if (table.clientBuilds.includes(host.build)) {
    warnings.push({
      code: 'client-host',
      because: `build ${host.build} is a client Windows, where silos are meant for development only`,
    });
  }
  if (wanted === null) return warnings;
  if (wanted.build === host.build && wanted.revision > host.revision) {
    warnings.push({
      code: 'image-newer-than-host',
      because: `the image's revision ${wanted.revision} is ahead of the host's ${host.revision}; such pairs have bug-checked hosts (Windows-Containers issue 502)`,
    });
  }
  for (const known of table.fieldContradictions) {
    if (known.hostBuild === host.build && known.imageBuild === wanted.build) {
      warnings.push({ code: 'field-contradiction', because: known.because });
    }
  }
  return warnings;
}
