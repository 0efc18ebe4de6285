import type { TimeMs } from '../event.js';
import type { OsVersion } from '../image/events.js';
import type { AdvisoryPublished } from './events.js';

/** Whether the advisory speaks of kernels of this version: its build is named, and the revision is below the fix. */
export function affects(
  { builds }: Pick<AdvisoryPublished['payload'], 'builds'>,
  { build, revision }: OsVersion,
): boolean {
  const named = builds.find((one) => one.build === build);
  if (named === undefined) return false;
  return named.fixedRevision === null || revision < named.fixedRevision;
}

/** Whether the wall is taken for broken at this time, as far as the window tells. */
export function isOpenAt(
  { window }: Pick<AdvisoryPublished['payload'], 'window'>,
  nowMs: TimeMs,
): boolean {
  return window.untilMs === null || nowMs < window.untilMs;
}
