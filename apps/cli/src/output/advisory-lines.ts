import type { Colors } from './terminal.js';

/** An advisory as the api shows it, as far as it is printed for a person. */
export interface ShownAdvisory {
  readonly id: string;
  readonly title: string;
  readonly reference: string;
  readonly wall: string;
  readonly builds: readonly { readonly build: number; readonly fixedRevision: number | null }[];
  readonly status: string;
  readonly window: { readonly from: string; readonly until: string | null };
  readonly withdrawal: { readonly at: string; readonly reason: string } | null;
}

/** Advisories for a person: two rows each. */
export function advisoryLines(
  advisories: readonly ShownAdvisory[],
  colors: Colors,
): readonly string[] {
  if (advisories.length === 0) return ['no advisory was published'];
  return advisories.flatMap(
    ({ id, title, reference, wall, builds, status, window, withdrawal }) => {
      const affected = builds.map(({ build, fixedRevision }) =>
        fixedRevision === null ? `${build}` : `${build} below revision ${fixedRevision}`,
      );
      const until = window.until === null ? '' : ` until ${window.until}`;
      const state = status === 'open' ? colors.red(status) : status;
      const why = withdrawal === null ? '' : ` ${withdrawal.at}: ${withdrawal.reason}`;
      return [
        `${id}  ${colors.bold(reference)}  ${title}`,
        `  ${state}${why}; breaks ${wall} of build ${affected.join(', ')}; from ${window.from}${until}`,
      ];
    },
  );
}
