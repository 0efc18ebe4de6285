import { type AnyEvent, BrokenInvariant, type Decider, fold } from '@bulkhead/domain';
import { expect } from 'vitest';

/** A state table of the source, and what a test expects of it. */
export interface TableUnderTest<
  C,
  S,
  E extends AnyEvent,
  Act extends string,
  Phase extends string,
> {
  readonly decider: Decider<C, S, E>;
  readonly phaseOf: (state: S) => Phase;
  readonly table: Readonly<Record<Act, Readonly<Record<Phase, string>>>>;
  /** Commands that lead into each phase: every way there is. */
  readonly waysInto: Readonly<Record<Phase, readonly (readonly C[])[]>>;
  /** One command for each act; null where the act cannot even be asked of that state. */
  readonly commandsFor: (state: S) => Readonly<Record<Act, C | null>>;
  /**
   * A row for each act, a column for each phase in the order of `waysInto`: `-` changes nothing, `>phase` is
   * recorded and leads there, anything else is a refusal's code or `impossible`, which is thrown.
   */
  readonly expected: Readonly<Record<Act, readonly string[]>>;
}

/** Holds the table, the decisions and the folds against what is expected, for every act in every phase. */
export function expectTable<C, S, E extends AnyEvent, Act extends string, Phase extends string>(
  under: TableUnderTest<C, S, E, Act, Phase>,
): void {
  const { decider, phaseOf, table, waysInto, commandsFor, expected } = under;
  expect(Object.keys(table).sort()).toEqual(Object.keys(expected).sort());
  const phases = Object.entries(waysInto) as [Phase, readonly (readonly C[])[]][];
  for (const [column, [phase, ways]] of phases.entries()) {
    expect(ways.length, phase).toBeGreaterThan(0);
    for (const way of ways) {
      const state = stateAfter(decider, way);
      expect(phaseOf(state), `after ${JSON.stringify(way)}`).toBe(phase);
      for (const [act, command] of Object.entries(commandsFor(state)) as [Act, C | null][]) {
        const told = `${act}, ${phase}`;
        const wanted = expected[act][column] ?? 'missing';
        expect(tableSays(table[act][phase], wanted), `the table: ${told}`).toBe(true);
        if (command !== null) expect(outcomeOf(under, command, state), told).toBe(wanted);
      }
    }
  }
}

function stateAfter<C, S, E extends AnyEvent>(decider: Decider<C, S, E>, way: readonly C[]): S {
  return way.reduce((state, command) => {
    const decided = decider.decide(command, state);
    expect(decided.accepted, JSON.stringify(command)).toBe(true);
    return fold(decider, decided.accepted ? decided.events : [], state);
  }, decider.initialState);
}

/** The name of an event or `decide` stand in a table for what is recorded. */
function tableSays(answer: string, wanted: string): boolean {
  if (wanted === '-') return answer === 'nothing';
  if (!wanted.startsWith('>')) return answer === wanted;
  return answer === 'decide' || /^([A-Z][a-z]+)+$/.test(answer);
}

function outcomeOf<C, S, E extends AnyEvent, Act extends string, Phase extends string>(
  { decider, phaseOf }: TableUnderTest<C, S, E, Act, Phase>,
  command: C,
  state: S,
): string {
  try {
    const decided = decider.decide(command, state);
    if (!decided.accepted) return decided.rejection.code;
    if (decided.events.length === 0) return '-';
    return `>${phaseOf(fold(decider, decided.events, state))}`;
  } catch (error) {
    if (error instanceof BrokenInvariant) return 'impossible';
    throw error;
  }
}
