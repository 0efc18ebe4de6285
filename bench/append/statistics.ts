/** Of ratios that were measured once a round. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Null where nothing was measured. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)] ?? 0;
  const high = sorted[Math.ceil(middle)] ?? 0;
  return {
    median: rounded((low + high) / 2),
    min: rounded(sorted[0] ?? 0),
    max: rounded(sorted.at(-1) ?? 0),
  };
}

/** Two decimals are more than any of these figures repeats to; small ones get three. */
export function rounded(value: number): number {
  const steps = Math.abs(value) < 1 ? 1_000 : 100;
  return Math.round(value * steps) / steps;
}
