/** One figure of the simulation, with where it comes from, so that nobody takes an assumption for a measurement. */
export interface CalibrationFigure {
  /** Entry of the calibration figures; `sim.…` ones without a published source are this project's own. */
  readonly id: string;
  readonly value: number;
  readonly unit:
    | 's'
    | 'ms'
    | 's/GiB'
    | 'MB'
    | 'MiB'
    | 'GB'
    | 'MB/s'
    | 'millicpu'
    | 'ratio'
    | 'processes'
    | 'addresses'
    | 'probability/start'
    | 'probability/delete'
    | 'probability/run'
    | 'probability/hour'
    | 'probability/host-hour';
  /** Spread of a log-normal distribution around `value` as its median; null for a fixed figure. */
  readonly sigma: number | null;
  readonly source: string;
  /**
   * `proposed`: our assumption. `spec`: promised or configured by a vendor. `measured`: somebody measured
   * it. `default`: what the code or a document of the real thing says where nobody asks for another.
   */
  readonly kind: 'proposed' | 'spec' | 'measured' | 'default';
}

type Unit = CalibrationFigure['unit'];

const DERIVED = 'derived from published measurements of Windows container starts; synthetic';
const CHOSEN = 'chosen for the simulation; no published figure exists';

const fixed = (
  kind: CalibrationFigure['kind'],
  source: string,
): ((id: string, value: number, unit: Unit) => CalibrationFigure) => {
  return (id, value, unit) => ({ id, value, unit, sigma: null, source, kind });
};

/** Proposed, after published measurements; `sigma` where it is spread. */
export function proposed(
  id: string,
  value: number,
  unit: Unit,
  sigma: number | null = null,
): CalibrationFigure {
  return { id, value, unit, sigma, source: DERIVED, kind: 'proposed' };
}

/** Proposed without anything to derive it from. */
export const chosen = fixed('proposed', CHOSEN);
/** Proposed after one published figure, which `source` names. */
export const proposedAfter = (source: string) => fixed('proposed', source);
export const measuredBy = (source: string) => fixed('measured', source);
export const specifiedBy = (source: string) => fixed('spec', source);
export const defaultOf = (source: string) => fixed('default', source);
