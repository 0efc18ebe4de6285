import type { ExperimentResult, Panel } from '@bulkhead/simulation';
import { barChart } from './bar-chart.js';

/** An experiment's name, and what it found. */
export interface NamedResult {
  readonly name: string;
  readonly result: ExperimentResult;
}

/** A band in this colour was not published but assumed. */
const ASSUMED = '#bbbbbb';
const NOTE_CHARS = 112;

/** One chart for each panel: file name to SVG. */
export function experimentCharts(results: readonly NamedResult[]): ReadonlyMap<string, string> {
  return new Map(
    results.flatMap(({ name, result }) =>
      result.panels.map((panel) => [`${name}-${panel.name}.svg`, chartOf(panel, result)] as const),
    ),
  );
}

function chartOf({ title, unit, findings }: Panel, { assumptions }: ExperimentResult): string {
  const sources = new Set(
    findings.flatMap(({ expected }) => {
      if (expected === null) return [];
      const band = expected.kind === 'published' ? 'Yellow, published' : 'Grey, assumed';
      return [`${band}: ${expected.source}`];
    }),
  );
  const ids = assumptions.map(({ id }) => id).join(', ');
  return barChart({
    title,
    unit,
    series: ['found'],
    rows: findings.map(({ label, value, expected }) => ({
      label,
      bars: [{ value }],
      ...(expected === null
        ? {}
        : {
            expected: {
              low: expected.low,
              high: expected.high,
              ...(expected.kind === 'assumed' ? { fill: ASSUMED } : {}),
            },
          }),
    })),
    notes: [...sources, `The bars stand on assumptions: ${ids}`].flatMap(wrapped),
  });
}

function wrapped(note: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of note.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > NOTE_CHARS) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
