/**
 * Proof that an effect is permitted. `token` counts the takeovers of the host's lease, `cause` is the
 * position of the event that permits the effect. A host journals both and refuses every token that is
 * lower than the highest it has seen.
 */
export interface Fence {
  readonly token: number;
  readonly cause: number;
}
