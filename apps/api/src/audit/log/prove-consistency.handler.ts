import { rootAt } from '@bulkhead/event-store/proof';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { invalidRequest } from '../../problems/problems.js';
import type { ConsistencyProofView } from './audit-log.schema.js';
import { base64, fromTree, SignedTree } from './signed-tree.js';

export class ProveConsistency extends Query<ConsistencyProofView> {
  constructor(
    readonly from: number,
    readonly to: number | undefined,
  ) {
    super();
  }
}

/** That the log of one size begins with the log of a smaller one: nothing was rewritten between them. */
@QueryHandler(ProveConsistency)
export class ProveConsistencyHandler implements IQueryHandler<ProveConsistency> {
  constructor(private readonly tree: SignedTree) {}

  async execute({ from, to }: ProveConsistency): Promise<ConsistencyProofView> {
    if (to !== undefined && from > to) {
      const detail = `must not be larger than to: ${from} is larger than ${to}`;
      throw invalidRequest([{ parameter: 'from', detail }]);
    }
    const toSize = to ?? (await this.tree.newestHead()).size;
    await this.tree.assertSigned(Math.max(from, toSize), `size ${Math.max(from, toSize)}`);
    const { stored } = this.tree;
    const [hashes, fromRoot, toRoot, head] = await Promise.all([
      fromTree(stored.consistencyProof(from, toSize)),
      fromTree(rootAt(stored, from)),
      fromTree(rootAt(stored, toSize)),
      stored.headAt(toSize),
    ]);
    return {
      fromSize: from,
      toSize,
      hashes: hashes.map(base64),
      fromRootHash: base64(fromRoot),
      toRootHash: base64(toRoot),
      checkpoint: head?.signedNote ?? null,
    };
  }
}
