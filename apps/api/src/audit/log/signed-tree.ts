import type { StoredHead, StoredTree } from '@bulkhead/event-store';
import { MissingTile } from '@bulkhead/event-store/proof';
import { noTreeHead, notSignedYet, treeDamaged, treeHeadNotFound } from './tree-problems.js';

/** The stored tree as routes speak of it: what it does not cover is a problem with a sentence. */
export class SignedTree {
  constructor(readonly stored: StoredTree) {}

  /** @throws RequestProblem where nothing was signed yet */
  async newestHead(): Promise<StoredHead> {
    const head = await this.stored.latestHead();
    if (head === null) throw noTreeHead();
    return head;
  }

  /** The head of exactly that size, or the newest. @throws RequestProblem where there is none */
  async head(size: number | undefined): Promise<StoredHead> {
    if (size === undefined) return this.newestHead();
    const head = await this.stored.headAt(size);
    if (head !== null) return head;
    const newest = await this.newestHead();
    if (size > newest.size) throw await this.beyond(`size ${size}`, newest);
    const [next] = await this.stored.headsFrom(size, 1);
    throw treeHeadNotFound(size, `the next larger one has ${next?.size ?? newest.size}`);
  }

  /** @throws RequestProblem where the newest head does not cover that many events */
  async assertSigned(size: number, what: string): Promise<void> {
    const newest = await this.newestHead();
    if (size > newest.size) throw await this.beyond(what, newest);
  }

  private async beyond(what: string, newest: StoredHead) {
    const { head: logSize } = await this.stored.status();
    return notSignedYet(what, newest.size, logSize);
  }
}

/** What `read` finds in the stored tree. @throws RequestProblem where hashes are missing from it */
export async function fromTree<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof MissingTile)) throw error;
    throw Object.assign(treeDamaged(error.message), { cause: error });
  }
}

export const base64 = (hash: Uint8Array) => Buffer.from(hash).toString('base64');
