import type { Colors } from './terminal.js';

/** A projection as the api shows it. */
export interface ShownProjection {
  readonly name: string;
  readonly live: {
    readonly generation: number;
    readonly version: number;
    readonly position: number;
    readonly since: string;
  } | null;
  readonly rebuild: {
    readonly status: 'requested' | 'building';
    readonly generation: number | null;
    readonly version: number | null;
    readonly position: number;
    readonly targetPosition: number;
    readonly begunAt: string | null;
  } | null;
}

/** Each projection on a line: the rows that readers see, and those that are to take their place. */
export function projectionLines(
  projections: readonly ShownProjection[],
  colors: Colors,
): readonly string[] {
  const width = Math.max(0, ...projections.map(({ name }) => name.length));
  return projections.map(({ name, live, rebuild }) => {
    const told = [
      liveText(live),
      ...(rebuild === null ? [] : [colors.yellow(rebuildText(rebuild))]),
    ];
    return `${colors.bold(name.padEnd(width))}  ${told.join('; ')}`;
  });
}

function liveText(live: ShownProjection['live']): string {
  if (live === null) return 'no rows yet';
  const { generation, version, position, since } = live;
  return `generation ${generation} of version ${version}, up to position ${position}, live since ${since}`;
}

/** For example: `generation 9 of version 2 is being built: 1200 of 4000 (30 %)`. */
function rebuildText(rebuild: NonNullable<ShownProjection['rebuild']>): string {
  if (rebuild.status === 'requested') return 'a rebuild is requested, and no worker has begun yet';
  const { generation, version, position, targetPosition } = rebuild;
  const percentage = targetPosition === 0 ? 100 : Math.floor((100 * position) / targetPosition);
  return `generation ${generation} of version ${version} is being built: ${position} of ${targetPosition} (${percentage} %)`;
}
