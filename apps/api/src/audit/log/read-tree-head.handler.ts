import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { timeText } from '../../sources.js';
import type { TreeHeadView } from './audit-log.schema.js';
import { base64, SignedTree } from './signed-tree.js';

export class ReadTreeHead extends Query<TreeHeadView> {
  constructor(readonly size: number | undefined) {
    super();
  }
}

/** A head as it is stored. Whether to trust it is for the one who asks, who has the keys. */
@QueryHandler(ReadTreeHead)
export class ReadTreeHeadHandler implements IQueryHandler<ReadTreeHead> {
  constructor(private readonly tree: SignedTree) {}

  async execute({ size }: ReadTreeHead): Promise<TreeHeadView> {
    const head = await this.tree.head(size);
    const { head: logSize } = await this.tree.stored.status();
    // The first line of a checkpoint.
    const [origin = ''] = head.signedNote.split('\n', 1);
    return {
      origin,
      size: head.size,
      rootHash: base64(head.rootHash),
      signedAt: timeText(head.signedAtMs),
      checkpoint: head.signedNote,
      logSize,
    };
  }
}
