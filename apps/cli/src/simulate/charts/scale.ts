/** Where a value stands on an axis that begins at 0, and the round values that are marked on it. */
export interface Scale {
  readonly most: number;
  readonly ticks: readonly number[];
  at(value: number): number;
}

const STEPS = [1, 2, 5, 10] as const;
const TICKS_WANTED = 5;

/** An axis of so many pixels that has room for the largest of the values. */
export function scaleFor(values: readonly number[], pixels: number): Scale {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const step = roundStep(largest / TICKS_WANTED);
  const count = Math.max(1, Math.ceil(largest / step - 1e-9));
  const most = count * step;
  return {
    most,
    ticks: Array.from({ length: count + 1 }, (_, at) => at * step),
    at: (value) => (value / most) * pixels,
  };
}

function roundStep(wanted: number): number {
  if (!(wanted > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = STEPS.find((one) => one * power >= wanted * (1 - 1e-9)) ?? 10;
  return step * power;
}

/** `0.5`, `12`, `1500`: at most three digits after the point, and no more than are needed. */
export function figure(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}
