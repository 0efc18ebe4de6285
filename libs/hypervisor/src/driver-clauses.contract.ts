import { it } from 'vitest';

/** Titles of clauses that a driver cannot keep under some condition, each with the reason. */
export type Excluded = Readonly<Record<string, string>>;

/** Declares one clause of the contract. */
export type Clause = (title: string, test: () => Promise<void>) => void;

/** A clause that is excluded shows as skipped, with its reason. */
export function clausesWithout(excluded: Excluded): Clause {
  return (title, test) => {
    const reason = excluded[title];
    if (reason === undefined) it(title, test);
    else it.skip(`${title} (${reason})`, test);
  };
}
