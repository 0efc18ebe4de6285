import type { NoteVerifier } from '../proof/note-key.js';
import { rootAt } from '../proof/proofs.js';
import { NoteRefused } from '../proof/signed-note.js';
import { MissingTile } from '../proof/tiles.js';
import { openTreeHead, type SignedTreeHead } from '../proof/tree-head.js';
import type { StoredHead, StoredTree } from './stored-tree.js';
import { TreeStopped } from './tree-stopped.js';

/**
 * Stands between the tree and the key: nothing is signed before the tree was found to continue what was
 * signed last, in the database and outside of it.
 */
export class HeadGuard {
  private unconfirmed: readonly SignedTreeHead[];

  constructor(
    private readonly tree: StoredTree,
    heads: readonly (SignedTreeHead | null)[],
  ) {
    this.unconfirmed = heads.filter((head) => head !== null);
  }

  /**
   * Whether a head of the tree as it is stored now may be signed; not yet where it is still shorter than
   * what was signed, because it is being built again.
   * @throws TreeStopped where it does not continue a signed head, or the log ends before one
   */
  async allows(treeSize: number, isWholeLog: boolean): Promise<boolean> {
    for (const head of this.unconfirmed) {
      if (head.size <= treeSize) await this.confirm(head);
      else if (isWholeLog) {
        throw new TreeStopped(
          `the log ends at position ${treeSize}, but a tree head of size ${head.size} was signed: this database is an older copy, or its end was cut off`,
        );
      }
    }
    this.unconfirmed = this.unconfirmed.filter(({ size }) => size > treeSize);
    return this.unconfirmed.length === 0;
  }

  private async confirm(head: SignedTreeHead): Promise<void> {
    const root = await rootAt(this.tree, head.size).catch((error: unknown) => {
      if (!(error instanceof MissingTile)) throw error;
      throw new TreeStopped(`the stored tree is damaged: ${error.message}`, { cause: error });
    });
    if (root.equals(head.rootHash)) return;
    throw new TreeStopped(
      `the first ${head.size} events are not those that the tree head of size ${head.size} was signed for: the log or its tree was rewritten`,
    );
  }
}

/**
 * The head with its signature checked; null where there is none.
 * @throws TreeStopped where the database holds a head that none of these keys has signed as it stands
 */
export function trustedHead(
  stored: StoredHead | null,
  verifiers: readonly NoteVerifier[],
): SignedTreeHead | null {
  if (stored === null) return null;
  try {
    const head = openTreeHead(stored.signedNote, verifiers);
    if (head.size === stored.size && head.rootHash.equals(stored.rootHash)) return head;
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    const message = `the stored tree head of size ${stored.size} cannot be trusted: ${error.message}`;
    throw new TreeStopped(message, { cause: error });
  }
  throw new TreeStopped(
    `the stored tree head of size ${stored.size} says something else than its row`,
  );
}
