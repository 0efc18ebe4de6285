/** What one measured run does: how many appends at once, how large, and to what streams. */
export interface Case {
  /** How the figures call it: `c32x3` is 32 at once with 3 events each. */
  readonly name: string;
  readonly concurrency: number;
  readonly events: number;
  /** Appends go to streams that exist already, instead of to a new one each. */
  readonly existing: boolean;
}

const CONCURRENCIES = [1, 8, 32, 128] as const;
const EVENTS = [1, 3] as const;

export const CASES: readonly Case[] = [false, true].flatMap((existing) =>
  EVENTS.flatMap((events) =>
    CONCURRENCIES.map((concurrency) => ({
      name: `c${concurrency}${events === 1 ? '' : `x${events}`}`,
      concurrency,
      events,
      existing,
    })),
  ),
);

/** The cases with targets: they are measured in every round, and peers take part in them. */
export const MAIN_CASES = CASES.filter(
  ({ existing, events, concurrency }) => !existing && (events === 1 || concurrency === 32),
);

export const OTHER_CASES = CASES.filter((one) => !MAIN_CASES.includes(one));

/** Several writers share the log in this case. */
export const WRITERS_CASE = MAIN_CASES.find(({ name }) => name === 'c32') as Case;
