import type { ProblemErrors } from '../problems/problem.js';

/**
 * A body that is only taken apart once the guards have let its sender in, because a large one costs much.
 * It stays what the request holds, so that errors can be told in its own terms.
 */
export abstract class UnreadBody {
  /** The value that the route's schema is held against. @throws RequestProblem */
  abstract read(): unknown;
  /** What is wrong with the value, said of the body as it was sent. */
  abstract asSent(errors: ProblemErrors): ProblemErrors;
}
