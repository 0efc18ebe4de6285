/** A command that changes something for good was given without `--yes`; it says what it would have done. */
export class NotConfirmed extends Error {
  override readonly name = 'NotConfirmed';
}
