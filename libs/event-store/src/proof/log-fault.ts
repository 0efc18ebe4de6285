/**
 * What is wrong with a log. `position` is the first bad one; where only a stretch is known to hold it,
 * `through` is the last one of the stretch, and otherwise the same.
 */
export interface LogFault {
  readonly kind: FaultKind;
  readonly position: number;
  readonly through: number;
  /** A sentence for an auditor. */
  readonly message: string;
}

export type FaultKind =
  /** Positions are missing between two entries that are there. */
  | 'gap'
  /** A position comes again, or after a later one. */
  | 'repeated'
  /** A position comes only after later ones. */
  | 'out-of-order'
  /** A line of an export cannot be read as an entry. */
  | 'malformed'
  /** Metadata or payload are not the canonical JSON that the log writes. */
  | 'not-canonical'
  /** The entry was recorded before the one that stands before it. */
  | 'recorded-backwards'
  /** Versions of a stream are not 1, 2, 3, … */
  | 'stream-version'
  /** The entry is not the one that the stored tree was built from. */
  | 'leaf-differs'
  /** The entries do not have the root that a trusted head signs: somewhere they were rewritten. */
  | 'root-differs'
  /** A trusted head covers more entries than there are: the tail is cut off, or this is an older copy. */
  | 'truncated'
  /** Two trusted heads of one size have different roots: the log showed two histories. */
  | 'forked-heads'
  /** The entries are right, as a trusted head says, but the stored tree is not. */
  | 'stored-tree-differs';

/** A fault at one position, or in the stretch up to `through`. */
export function fault(
  kind: FaultKind,
  position: number,
  message: string,
  through = position,
): LogFault {
  return { kind, position, through, message };
}
