/**
 * The tree cannot be continued without hiding that something is wrong: the log has a gap, or it is not
 * the one that was signed before. Nothing is signed any more until somebody has looked.
 */
export class TreeStopped extends Error {
  override readonly name = 'TreeStopped';
}
