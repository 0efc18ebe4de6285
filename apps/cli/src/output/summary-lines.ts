import Table from 'cli-table3';
import { type ImportSummary, isGood } from '../import/summary.js';
import { counted } from './counted.js';
import type { Colors } from './terminal.js';

const PLAIN = { head: [] as string[], border: [] as string[] };
const TOP_REASONS = 5;

/** The end of an import for a person. */
export function summaryLines(summary: ImportSummary, colors: Colors): string[] {
  return [
    '',
    colors.bold('Workloads by outcome'),
    outcomes(summary),
    '',
    colors.bold('Isolation'),
    ...isolation(summary),
    '',
    colors.bold('Start times'),
    starts(summary),
    `  Hosts' stages are divided by ${summary.speed}; the rest is the time that Bulkhead itself takes.`,
    '',
    ...totals(summary),
    '',
    ...check(summary, colors),
  ];
}

function outcomes({ outcomes: counts, jobs }: ImportSummary): string {
  const rows = Object.entries({
    ...counts,
    unfinished: jobs.unfinished,
    'turned down': jobs.turnedDown,
  });
  return table(
    ['outcome', 'workloads'],
    rows.filter(([name, count]) => count > 0 || name === 'succeeded'),
  );
}

function isolation({ isolation: { process, hyperv, reasons } }: ImportSummary): string[] {
  const whole = Math.max(process + hyperv, 1);
  const share = (count: number) => `${((100 * count) / whole).toFixed(1)} %`;
  return [
    table(
      ['isolation', 'workloads', 'share'],
      [
        ['process', process, share(process)],
        ['hyperv', hyperv, share(hyperv)],
      ],
    ),
    '  Top reasons: ' +
      (reasons.length === 0
        ? 'none'
        : reasons
            .slice(0, TOP_REASONS)
            .map(({ rule, workloads }) => `${rule} (${workloads})`)
            .join(', ')),
  ];
}

function starts({ startTimes }: ImportSummary): string {
  return table(
    ['path', 'starts', 'from', 'p50 ms', 'p95 ms', 'p99 ms'],
    startTimes.flatMap(({ path, sincePlacedMs, sinceAuthorizedMs }) => [
      [path, sincePlacedMs?.count ?? 0, 'placed', ...percentiles(sincePlacedMs)],
      ['', '', 'authorised', ...percentiles(sinceAuthorizedMs)],
    ]),
  );
}

type Times = ImportSummary['startTimes'][number]['sincePlacedMs'];

function percentiles(times: Times): number[] {
  return times === null ? [] : [times.p50, times.p95, times.p99].map(Math.round);
}

function totals(summary: ImportSummary): string[] {
  const { tenants, hosts, hostsKept, kernelSharing, events, jobs } = summary;
  const after = hostsKept ? 'they stay open' : 'they stay, cordoned, until drained and retired';
  return [
    `  Tenants            ${tenants.total} (${tenants.trusted} trusted, ${tenants.standard} standard, ${tenants.hostile} hostile)`,
    `  Shared kernels     ${counted(kernelSharing.kernels, 'kernel was', 'kernels were')} shared at the same time, by ${counted(kernelSharing.tenants, 'tenant')}`,
    `  Hosts              ${hosts} registered by this import${hosts === 0 ? '' : `; ${after}`}`,
    `  Events written     ${events.ofThisImport} for these workloads and tenants; the log holds ${events.inLog}`,
    `  Submitted in       ${summary.submitSeconds.toFixed(1)} s`,
    `  All ended after    ${summary.seconds.toFixed(1)} s: ${summary.workloadsPerSecond} workloads per second`,
    ...(jobs.malformedLines > 0 ? [`  Malformed lines    ${jobs.malformedLines}, skipped`] : []),
    ...jobs.problems.map((problem) => `  Turned down        ${problem}`),
  ];
}

function check(summary: ImportSummary, colors: Colors): string[] {
  const { check: found, stalled } = summary;
  const verdict =
    found.violations === 0
      ? colors.green(
          `The check of the log found nothing: ${counted(found.events, 'event')}, ${counted(found.journalEntries, 'journal entry', 'journal entries')}.`,
        )
      : colors.red(`The check of the log found ${counted(found.violations, 'violation')}:`);
  return [
    ...(stalled === null ? [] : [colors.red(stalled)]),
    colors.bold(verdict),
    ...found.firstViolations.map(
      ({ check: name, position, detail }) =>
        `  ${name}${position === null ? '' : ` at position ${position}`}: ${detail}`,
    ),
    ...found.notChecked.map((sentence) => `  Not checked: ${sentence}`),
    ...(isGood(summary) ? [] : [colors.red('The import did not end well.')]),
  ];
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const drawn = new Table({
    head: [...head],
    style: { ...PLAIN, compact: true },
    colAligns: alignment(head.length),
  });
  for (const row of rows) drawn.push([...row]);
  return drawn.toString();
}

/** Names to the left, figures to the right. */
function alignment(columns: number): ('left' | 'right')[] {
  return Array.from({ length: columns }, (_, index) => (index === 0 ? 'left' : 'right'));
}
