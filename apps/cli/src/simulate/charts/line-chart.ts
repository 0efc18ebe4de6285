import { figure, scaleFor } from './scale.js';
import { colourOf, drawing, element, FAINT, text } from './svg.js';

export interface LineChart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
  /** A level that nothing goes beyond, and its name. */
  readonly limit?: { readonly value: number; readonly name: string };
}

const WIDTH = 720;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 24;
const TOP = 64;
const BOTTOM = 44;

/** Lines over a common axis; each holds its value until its next point. */
export function lineChart({ title, x, y, lines, limit }: LineChart): string {
  const points = lines.flatMap((line) => line.points);
  const across = scaleFor(
    points.map(([value]) => value),
    WIDTH - LEFT - RIGHT,
  );
  const up = scaleFor(
    [...points.map(([, value]) => value), limit?.value ?? 0],
    HEIGHT - TOP - BOTTOM,
  );
  const bottom = HEIGHT - BOTTOM;
  const parts = [
    text({ x: 16, y: 24 }, title, { 'font-size': 15, 'font-weight': 600 }),
    ...lines.flatMap(({ name }, at) => [
      element('rect', { x: 16 + at * 220, y: 36, width: 12, height: 12, fill: colourOf(at) }),
      text({ x: 34 + at * 220, y: 46 }, name),
    ]),
    ...up.ticks.flatMap((tick) => {
      const level = bottom - up.at(tick);
      return [
        element('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: level, y2: level, stroke: FAINT }),
        text({ x: LEFT - 8, y: level + 4 }, figure(tick), { 'text-anchor': 'end' }),
      ];
    }),
    ...across.ticks.map((tick) =>
      text({ x: LEFT + across.at(tick), y: bottom + 16 }, figure(tick), {
        'text-anchor': 'middle',
      }),
    ),
    text({ x: WIDTH - RIGHT, y: HEIGHT - 10 }, x, { 'text-anchor': 'end' }),
    text({ x: WIDTH - RIGHT, y: 46 }, y, { 'text-anchor': 'end' }),
    ...(limit === undefined ? [] : drawLimit(limit, bottom - up.at(limit.value))),
    ...lines.map(({ points: own }, at) =>
      element('path', {
        d: stepsThrough(own.map(([px, py]) => [LEFT + across.at(px), bottom - up.at(py)])),
        fill: 'none',
        stroke: colourOf(at),
        'stroke-width': 1.5,
      }),
    ),
  ];
  return drawing({ width: WIDTH, height: HEIGHT }, title, parts);
}

function drawLimit({ name }: { readonly name: string }, level: number): string[] {
  return [
    element('line', {
      x1: LEFT,
      x2: WIDTH - RIGHT,
      y1: level,
      y2: level,
      stroke: '#767676',
      'stroke-dasharray': '6 4',
    }),
    text({ x: LEFT + 6, y: level - 5 }, name, { fill: '#555555' }),
  ];
}

function stepsThrough(points: readonly (readonly number[])[]): string {
  const tenth = (value = 0) => Math.round(value * 10) / 10;
  return points
    .map(([x, y], at) => (at === 0 ? `M${tenth(x)} ${tenth(y)}` : `H${tenth(x)}V${tenth(y)}`))
    .join('');
}
