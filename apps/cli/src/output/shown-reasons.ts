/** A rule that fired, as far as it is printed for a person. */
export interface ShownReason {
  readonly rule: string;
  readonly effect: string;
  readonly because: string;
}

const NEVER_LOWERED = 'never-lowered';

/**
 * The reasons that tell a person something. A placement begins with the wall that the submission was
 * given, so `never-lowered` fires beside the very rule that raised it; it is left out where another rule
 * asks for the same wall by itself. The record, and `--json`, name every rule that fired.
 */
export function shownReasons<T extends Omit<ShownReason, 'because'>>(
  reasons: readonly T[],
): readonly T[] {
  const others = reasons.filter(({ rule }) => rule !== NEVER_LOWERED);
  return others.some(({ effect }) => effect === 'hyperv') ? others : reasons;
}
