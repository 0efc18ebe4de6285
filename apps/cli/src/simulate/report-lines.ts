import { type SimulationReport, type Spread, START_PATHS } from '@bulkhead/simulation';
import Table from 'cli-table3';
import type { Colors } from '../output/terminal.js';
import type { NamedReport } from './charts/simulation-charts.js';

const PLAIN = { head: [] as string[], border: [] as string[] };
const TOP_REASONS = 5;
const MIB_PER_GIB = 1_024;
const MS_PER_HOUR = 3_600_000;

type Row = readonly [label: string, of: (report: SimulationReport) => string | number];

const WAITING: readonly Row[] = [
  ['median', ({ waitingMs }) => waitingMs?.p50Ms ?? 0],
  ['p95', ({ waitingMs }) => waitingMs?.p95Ms ?? 0],
  ['p99', ({ waitingMs }) => waitingMs?.p99Ms ?? 0],
  ['most', ({ waitingMs }) => waitingMs?.maxMs ?? 0],
  ['told to wait for', ({ deferrals }) => names(deferrals)],
  ['never placed, and not in these times', ({ unfinished }) => unfinished],
];

const HELD: readonly Row[] = [
  ['workloads at a time, mean', ({ density }) => tenth(density.meanPlaced)],
  ['workloads at a time, most', ({ density }) => density.peakPlaced],
  ['hosts in use, mean', ({ density }) => tenth(density.meanHostsInUse)],
  ['workloads on a host in use, mean', ({ density }) => tenth(density.meanPerHostInUse)],
  ['workloads on one host, most', ({ density }) => density.peakPerHost],
  ['memory reserved, mean GiB', ({ memory }) => gib(memory.meanReservedMiB)],
  ['the same while workloads arrived, GiB', whileArriving],
  ['memory reserved, most GiB', ({ memory }) => gib(memory.peakReservedMiB)],
  ['memory in use, mean GiB', ({ memory }) => gib(memory.meanInUseMiB)],
  ['memory in use, most GiB', ({ memory }) => gib(memory.peakInUseMiB)],
  ['memory of the fleet, GiB', ({ memory }) => gib(memory.fleetMiB)],
];

const REACHED: readonly Row[] = [
  ['pairs of tenants that shared one', ({ exposure }) => exposure.tenantPairs],
  ['pairs on one host, kept apart', ({ exposure }) => exposure.tenantPairsKeptApart],
  ['most tenants on one kernel', ({ exposure }) => exposure.mostTenantsOnKernel],
  ['most workloads on one kernel', ({ exposure }) => exposure.mostWorkloadsOnKernel],
  ['hours of pairs, other tenant', ({ exposure }) => tenth(exposure.pairHoursAcrossTenants)],
  ['hours of pairs, same tenant', ({ exposure }) => tenth(exposure.pairHoursWithinTenant)],
];

const OUTCOMES: readonly Row[] = [
  ['in a silo', ({ isolations }) => isolations['process'] ?? 0],
  ['in a utility VM', ({ isolations }) => isolations['hyperv'] ?? 0],
  ['reasons for one', ({ reasons }) => names(reasons)],
  ['outcomes', ({ outcomes }) => names(outcomes)],
  ['still waiting at the end', ({ unfinished }) => unfinished],
  ['simulated hours', ({ simulatedMs }) => tenth(simulatedMs / MS_PER_HOUR)],
  ['events, and their fingerprint', ({ events, eventHash }) => `${events} ${eventHash}`],
];

/** One simulation, or two side by side, for a person. */
export function reportLines(runs: readonly NamedReport[], colors: Colors): string[] {
  const heads = runs.length > 1 ? runs.map(({ name }) => name) : [''];
  const shown = (title: string, rows: readonly Row[]) => [
    '',
    colors.bold(title),
    table(
      ['', ...heads],
      rows.map(([label, of]) => [label, ...runs.map(({ report }) => of(report))]),
    ),
  ];
  return [
    '',
    colors.bold('Start times (ms)'),
    startTimes(runs),
    '  Drawn from assumptions of the model of a host, not measured on yours.',
    ...shown('Waiting for a place (ms)', WAITING),
    ...shown('What the fleet held', HELD),
    ...shown('Who could have reached whom over a kernel', REACHED),
    ...shown('What became of the workloads', OUTCOMES),
  ];
}

function startTimes(runs: readonly NamedReport[]): string {
  const rows = START_PATHS.flatMap((path) =>
    runs.flatMap(({ name, report }) => {
      const spread = report.startMs[path];
      return spread === null
        ? []
        : [[path, ...(runs.length > 1 ? [name] : []), ...percentiles(spread)]];
    }),
  );
  const of = runs.length > 1 ? ['path', 'with'] : ['path'];
  return table([...of, 'starts', 'median', 'p90', 'p95', 'p99', 'most'], rows);
}

function percentiles({ count, p50Ms, p90Ms, p95Ms, p99Ms, maxMs }: Spread): number[] {
  return [count, p50Ms, p90Ms, p95Ms, p99Ms, maxMs];
}

/** The most frequent first; equals by name. */
function names(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return sorted.length === 0
    ? 'none'
    : sorted
        .slice(0, TOP_REASONS)
        .map(([name, count]) => `${name} ${count}`)
        .join('\n');
}

/** With the percentage that `--load` speaks of. */
function whileArriving({ memory }: SimulationReport): string {
  const { meanReservedWhileArrivingMiB: mib, fleetMiB } = memory;
  return `${gib(mib)} (${Math.round((100 * mib) / fleetMiB)} %)`;
}

const tenth = (value: number) => value.toFixed(1);
const gib = (mib: number) => (mib / MIB_PER_GIB).toFixed(1);

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const colAligns = head.map((_, at) => (at === 0 ? ('left' as const) : ('right' as const)));
  const shown = head.some((word) => word !== '') ? { head: [...head] } : {};
  const drawn = new Table({ ...shown, style: { ...PLAIN, compact: true }, colAligns });
  for (const row of rows) drawn.push([...row]);
  return drawn.toString();
}
