import type { TileId } from '@bulkhead/event-store/proof';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { TilesView } from './audit-log.schema.js';
import { base64, SignedTree } from './signed-tree.js';

export class ReadTiles extends Query<TilesView> {
  constructor(readonly wanted: TileId & { readonly count: number }) {
    super();
  }
}

/** Tiles of one level, side by side: what a verifier needs to name the very entry that was changed. */
@QueryHandler(ReadTiles)
export class ReadTilesHandler implements IQueryHandler<ReadTiles> {
  constructor(private readonly tree: SignedTree) {}

  async execute({ wanted: { level, index, count } }: ReadTiles): Promise<TilesView> {
    const ids = Array.from({ length: count }, (_, nr) => ({ level, index: index + nr }));
    const found = await this.tree.stored.readTiles(ids);
    return { level, index, tiles: found.map((hashes) => (hashes ? base64(hashes) : null)) };
  }
}
