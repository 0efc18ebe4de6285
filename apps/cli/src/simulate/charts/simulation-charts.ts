import { type SimulationReport, START_PATHS } from '@bulkhead/simulation';
import { type BarChart, barChart } from './bar-chart.js';
import { lineChart } from './line-chart.js';

/** A report under the name that its settings have. */
export interface NamedReport {
  readonly name: string;
  readonly report: SimulationReport;
}

/** Files that show what one simulation, or two, found: name to SVG. */
export function simulationCharts(runs: readonly NamedReport[]): ReadonlyMap<string, string> {
  return new Map([
    ['start-times.svg', barChart(startTimes(runs))],
    ['waiting.svg', barChart(waiting(runs))],
    ['density.svg', density(runs)],
    ['memory.svg', memory(runs)],
    ['exposure.svg', barChart(exposure(runs))],
  ]);
}

const MS_PER_SECOND = 1_000;
const MS_PER_HOUR = 3_600_000;
const MIB_PER_GIB = 1_024;

function startTimes(runs: readonly NamedReport[]): BarChart {
  const met = START_PATHS.filter((path) =>
    runs.some(({ report }) => report.startMs[path] !== null),
  );
  return {
    title: 'Start times by path: median, whisker to the 95th percentile',
    unit: 'seconds',
    series: runs.map(({ name }) => name),
    rows: met.map((path) => ({
      label: path,
      bars: runs.map(({ report }) => {
        const spread = report.startMs[path];
        if (spread === null) return null;
        return { value: spread.p50Ms / MS_PER_SECOND, upTo: spread.p95Ms / MS_PER_SECOND };
      }),
    })),
    notes: [
      'Start times are drawn from assumptions of the model, not from measurements of your hosts.',
    ],
  };
}

function waiting(runs: readonly NamedReport[]): BarChart {
  const rows = [
    ['median', 'p50Ms'],
    ['90th percentile', 'p90Ms'],
    ['95th percentile', 'p95Ms'],
    ['99th percentile', 'p99Ms'],
  ] as const;
  return {
    title: 'Waiting for a place',
    unit: 'seconds',
    series: runs.map(({ name }) => name),
    rows: rows.map(([label, key]) => ({
      label,
      bars: runs.map(({ report }) => ({ value: (report.waitingMs?.[key] ?? 0) / MS_PER_SECOND })),
    })),
    notes: runs.flatMap(({ name, report: { unfinished, workloads } }) =>
      unfinished === 0
        ? []
        : [`${name}: ${unfinished} of ${workloads} never got a place and are not in these times.`],
    ),
  };
}

function density(runs: readonly NamedReport[]): string {
  return lineChart({
    title: 'Workloads on a host that has any, mean',
    x: 'hours',
    y: 'workloads',
    lines: runs.map(({ name, report }) => ({
      name,
      points: report.samples.map(({ atMs, placed, hostsInUse }) => [
        atMs / MS_PER_HOUR,
        placed / Math.max(1, hostsInUse),
      ]),
    })),
  });
}

function memory(runs: readonly NamedReport[]): string {
  const fleets = runs.map(({ report }) => report.memory.fleetMiB / MIB_PER_GIB);
  const [value = 0] = fleets;
  // Where the fleets differ, one line cannot say what there is.
  const limit = { limit: { value, name: 'all that there is' } };
  return lineChart({
    title: 'Memory of the fleet that is reserved',
    x: 'hours',
    y: 'GiB',
    lines: runs.map(({ name, report }) => ({
      name,
      points: report.samples.map(({ atMs, reservedMiB }) => [
        atMs / MS_PER_HOUR,
        reservedMiB / MIB_PER_GIB,
      ]),
    })),
    ...(fleets.every((fleet) => fleet === value) ? limit : {}),
  });
}

function exposure(runs: readonly NamedReport[]): BarChart {
  return {
    title: 'Pairs of tenants that met on a host',
    unit: 'pairs',
    series: runs.map(({ name }) => name),
    rows: [
      {
        label: 'shared a kernel',
        bars: runs.map(({ report }) => ({ value: report.exposure.tenantPairs })),
      },
      {
        label: 'kept apart by a wall',
        bars: runs.map(({ report }) => ({ value: report.exposure.tenantPairsKeptApart })),
      },
    ],
  };
}
