/** Pieces are small that are no more than one in so many parts of the bound. */
const PIECES = 128;
/** From so many on, small ones are put together whenever they came: there are never more than twice as many. */
const PIECES_MAX = 2 * PIECES;
/** What came within such a time may be put together. */
const PIECE_MS = 1_000;

/** Accepted by this process, and not shown yet. */
export interface Piece {
  readonly workloads: number;
  /** Of the last of it. */
  readonly position: number;
  /** When the first of it was recorded. */
  readonly atMs: number;
}

/**
 * Small pieces are put together: until the last of them is shown, some may be counted twice, and none is left out.
 * Only what came at about the same time is, as long as there are few: with a steady stream nothing but what came
 * last would be unshown, and all of it would be counted.
 */
export function addPiece(pieces: Piece[], piece: Piece, max: number): void {
  const last = pieces.at(-1);
  if (last === undefined || !goTogether(last, piece, max / PIECES, pieces.length)) {
    pieces.push(piece);
    return;
  }
  const position = Math.max(last.position, piece.position);
  const workloads = last.workloads + piece.workloads;
  pieces[pieces.length - 1] = { workloads, position, atMs: last.atMs };
}

function goTogether(last: Piece, piece: Piece, small: number, count: number): boolean {
  if (last.workloads + piece.workloads > small) return false;
  return piece.atMs - last.atMs < PIECE_MS || count >= PIECES_MAX;
}
