import type { Case } from './cases.js';
import { type Measured, type Run, WITHOUT_TREE } from './measure.js';
import { rounded, type Spread, spreadOf } from './statistics.js';

type ByCase<T> = Record<string, T>;

const OURS = 'bulkhead';

/** Ratios of one contestant's runs to another's, round by round. */
function ratios(
  { runs }: Measured,
  [mine, other]: readonly [string, string],
  figure: (run: Run) => number,
  existing = false,
): ByCase<Spread> {
  const byCase: ByCase<Spread> = {};
  for (const name of caseNames(runs, existing)) {
    const of = (contestant: string, round: number) =>
      runs.find(
        (run) =>
          run.case.name === name &&
          run.case.existing === existing &&
          run.contestant === contestant &&
          run.round === round,
      );
    const perRound = [...new Set(runs.map(({ round }) => round))].flatMap((round) => {
      const [a, b] = [of(mine, round), of(other, round)];
      return a === undefined || b === undefined ? [] : [figure(a) / figure(b)];
    });
    const spread = spreadOf(perRound);
    if (spread !== null) byCase[name] = spread;
  }
  return byCase;
}

function caseNames(runs: readonly Run[], existing: boolean): readonly string[] {
  const cases = runs.map((run): Case => run.case).filter((one) => one.existing === existing);
  return [...new Set(cases.map(({ name }) => name))];
}

const speed = ({ appends, seconds }: Run) => appends / seconds;
const p99 = ({ p99Ms }: Run) => p99Ms;

function medians(byCase: ByCase<Spread>): ByCase<number> | null {
  const entries = Object.entries(byCase).map(([name, { median }]) => [name, median] as const);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** The benchmark's answer: medians first, then how far rounds lay apart, then plain figures. */
export function figuresOf(measured: Measured): Record<string, unknown> {
  const toFloor = ratios(measured, [OURS, 'rawInsert'], speed);
  const toFloorExisting = ratios(measured, [OURS, 'rawInsert'], speed, true);
  const toEmmett = ratios(measured, [OURS, 'emmett'], speed);
  const toCastore = ratios(measured, [OURS, 'castore'], speed);
  const p99ToFloor = ratios(measured, [OURS, 'rawInsert'], p99);
  const writers = spreadOf(measured.writers);
  const treeCost = ratios(measured, [OURS, WITHOUT_TREE], speed);
  return {
    ratios: {
      rawInsert: medians(toFloor),
      rawInsertExisting: medians(toFloorExisting),
      emmett: medians(toEmmett),
      castore: medians(toCastore),
    },
    p99Ratio: { rawInsert: medians(p99ToFloor) },
    writers4: writers?.median ?? null,
    tamperEvidence: {
      withToWithout: medians(treeCost),
      eventsBehindMax: Math.max(0, ...measured.treeBehind),
    },
    spread: {
      rawInsert: toFloor,
      rawInsertExisting: toFloorExisting,
      emmett: toEmmett,
      castore: toCastore,
      p99: p99ToFloor,
      writers4: writers,
      withToWithout: treeCost,
    },
    perSecond: plain(measured, 'appends a second', ({ appends, seconds }) => appends / seconds),
    p99Ms: plain(measured, 'ms', p99),
  };
}

/** The median of a plain figure: contestant, then case. `existing.c8` are streams that exist already. */
function plain(
  { runs }: Measured,
  unit: string,
  figure: (run: Run) => number,
): Record<string, unknown> {
  const contestants = [...new Set(runs.map(({ contestant }) => contestant))];
  const byContestant = contestants.map((contestant) => {
    const values = new Map<string, number[]>();
    for (const run of runs.filter((one) => one.contestant === contestant)) {
      const name = `${run.case.existing ? 'existing.' : ''}${run.case.name}`;
      values.set(name, [...(values.get(name) ?? []), figure(run)]);
    }
    const medianOf = (all: readonly number[]) => rounded(spreadOf(all)?.median ?? 0);
    return [
      contestant,
      Object.fromEntries([...values].map(([name, all]) => [name, medianOf(all)])),
    ];
  });
  return { unit, ...Object.fromEntries(byContestant) };
}
