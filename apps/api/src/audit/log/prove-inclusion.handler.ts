import { rangeHashes } from '@bulkhead/event-store/proof';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { invalidRequest } from '../../problems/problems.js';
import type { InclusionProofView } from './audit-log.schema.js';
import { base64, fromTree, SignedTree } from './signed-tree.js';

export class ProveInclusion extends Query<InclusionProofView> {
  constructor(
    readonly position: number,
    readonly size: number | undefined,
  ) {
    super();
  }
}

/** That an event stands at its place in what a tree head signs. */
@QueryHandler(ProveInclusion)
export class ProveInclusionHandler implements IQueryHandler<ProveInclusion> {
  constructor(private readonly tree: SignedTree) {}

  async execute({ position, size }: ProveInclusion): Promise<InclusionProofView> {
    if (size !== undefined && position > size) {
      const detail = `must not be larger than size: a tree of size ${size} has no position ${position}`;
      throw invalidRequest([{ parameter: 'position', detail }]);
    }
    const head = await this.tree.head(size);
    await this.tree.assertSigned(position, `position ${position}`);
    const { stored } = this.tree;
    const leaf = [{ start: position - 1, end: position }];
    const [hashes, [leafHash]] = await Promise.all([
      fromTree(stored.inclusionProof(position, head.size)),
      fromTree(rangeHashes(stored, leaf)),
    ]);
    return {
      leafIndex: position - 1,
      treeSize: head.size,
      leafHash: base64(leafHash as Buffer),
      hashes: hashes.map(base64),
      rootHash: base64(head.rootHash),
      checkpoint: head.signedNote,
    };
  }
}
