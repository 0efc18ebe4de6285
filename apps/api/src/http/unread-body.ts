import type { ProblemErrors } from '../problems/problem.js';

/** What of a body can be held against the route's schema, and what is wrong with the rest of it. */
export interface ReadBody {
  readonly value: Readonly<Record<string, unknown>>;
  /** Fields that have been held against it already, in slices, because there is much of them. */
  readonly checked: Readonly<Record<string, unknown>>;
  /** Of parts that could not be read or are wrong, said of the body as it was sent, up to a bound. */
  readonly problems: ProblemErrors;
  /** How many there are in all. */
  readonly problemCount: number;
}

/**
 * A body that is only taken apart once the guards have let its sender in, because a large one costs much.
 * It stays what the request holds, so that errors can be told in its own terms.
 */
export abstract class UnreadBody {
  /** @throws RequestProblem where nothing of it can be held against the route's schema */
  abstract read(): Promise<ReadBody>;
  /** What is wrong with the value, said of the body as it was sent. */
  abstract asSent(errors: ProblemErrors): ProblemErrors;
}
