import { figure, scaleFor } from './scale.js';
import { colourOf, drawing, element, FAINT, INK, text } from './svg.js';

export interface BarChart {
  readonly title: string;
  readonly unit: string;
  /** One bar a row for each. */
  readonly series: readonly string[];
  readonly rows: readonly BarRow[];
  /** Small print below: sources, assumptions. */
  readonly notes?: readonly string[];
}

export interface BarRow {
  readonly label: string;
  readonly bars: readonly Bar[];
  /** What a source says that the row should be: drawn as a band behind its bars. */
  readonly expected?: { readonly low: number; readonly high: number; readonly fill?: string };
}

/** Null where there is nothing to show. */
export type Bar = { readonly value: number; readonly upTo?: number } | null;

const WIDTH = 720;
const LEFT = 190;
const RIGHT = 70;
const TOP = 64;
const BAR = 16;
const GAP = 12;
const LINE = 16;
const AXIS = 34;

/** Horizontal bars; a whisker goes up to where `upTo` says. */
export function barChart(chart: BarChart): string {
  const { rows, series, title, unit, notes = [] } = chart;
  const rowHeight = series.length * BAR + GAP;
  const plotHeight = rows.length * rowHeight;
  const values = rows.flatMap(({ bars, expected }) => [
    ...bars.flatMap((bar) => (bar === null ? [] : [bar.upTo ?? bar.value])),
    expected?.high ?? 0,
  ]);
  const scale = scaleFor(values, WIDTH - LEFT - RIGHT);
  const height = TOP + plotHeight + AXIS + notes.length * LINE + 8;
  const bottom = TOP + plotHeight;
  const parts = [
    text({ x: 16, y: 24 }, title, { 'font-size': 15, 'font-weight': 600 }),
    ...legend(series),
    ...scale.ticks.flatMap((tick) => {
      const x = LEFT + scale.at(tick);
      return [
        element('line', { x1: x, x2: x, y1: TOP - 4, y2: bottom, stroke: FAINT }),
        text({ x, y: bottom + 14 }, figure(tick), { 'text-anchor': 'middle' }),
      ];
    }),
    text({ x: WIDTH - RIGHT, y: bottom + 28 }, unit, { 'text-anchor': 'end' }),
    ...rows.flatMap((row, at) => drawRow(row, TOP + at * rowHeight, rowHeight, scale.at)),
    ...notes.map((note, at) =>
      text({ x: 16, y: bottom + AXIS + 10 + at * LINE }, note, { 'font-size': 11 }),
    ),
  ];
  return drawing({ width: WIDTH, height }, title, parts);
}

function legend(series: readonly string[]): string[] {
  if (series.length < 2) return [];
  return series.flatMap((name, at) => {
    const x = 16 + at * 220;
    return [
      element('rect', { x, y: 36, width: 12, height: 12, fill: colourOf(at) }),
      text({ x: x + 18, y: 46 }, name),
    ];
  });
}

function drawRow(
  { label, bars, expected }: BarRow,
  y: number,
  height: number,
  at: (value: number) => number,
): string[] {
  const band =
    expected === undefined
      ? []
      : [
          element('rect', {
            x: LEFT + at(expected.low),
            y,
            width: Math.max(2, at(expected.high) - at(expected.low)),
            height: height - GAP / 2,
            fill: expected.fill ?? '#f0e442',
            'fill-opacity': 0.5,
          }),
        ];
  const middle = y + (height - GAP) / 2 + 4;
  return [
    ...band,
    text({ x: LEFT - 10, y: middle }, label, { 'text-anchor': 'end' }),
    ...bars.flatMap((bar, series) => drawBar(bar, y + series * BAR, series, at)),
  ];
}

function drawBar(bar: Bar, y: number, series: number, at: (value: number) => number): string[] {
  if (bar === null) return [text({ x: LEFT + 4, y: y + 12 }, 'none', { fill: '#767676' })];
  const { value, upTo } = bar;
  const end = LEFT + at(upTo ?? value);
  const middle = y + (BAR - 2) / 2;
  const whisker =
    upTo === undefined
      ? []
      : [
          element('line', { x1: LEFT + at(value), x2: end, y1: middle, y2: middle, stroke: INK }),
          element('line', { x1: end, x2: end, y1: middle - 4, y2: middle + 4, stroke: INK }),
        ];
  return [
    element('rect', { x: LEFT, y, width: at(value), height: BAR - 2, fill: colourOf(series) }),
    ...whisker,
    text({ x: end + 6, y: y + 12 }, figure(value)),
  ];
}
