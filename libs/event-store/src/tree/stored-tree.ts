import pg from 'pg';
import { parseTimestampMs } from '../log/recorded-row.js';
import {
  consistencyProof as proveConsistency,
  inclusionProof as proveInclusion,
} from '../proof/proofs.js';
import type { TileId, TileReader } from '../proof/tiles.js';

/** A tree head as the database has it. Whether its signature is right is for the reader to check. */
export interface StoredHead {
  readonly size: number;
  readonly rootHash: Buffer;
  readonly signedAtMs: number;
  /** The C2SP tree head with its signature. */
  readonly signedNote: string;
}

/** How far the tree and its heads trail behind the log. */
export interface TreeStatus {
  /** Position of the newest event. */
  readonly head: number;
  /** How many events the stored tree covers. */
  readonly treeSize: number;
  /** How many events the newest tree head covers; 0 where none was signed. */
  readonly signedSize: number;
  /** How long ago that head was signed, in milliseconds of the database's clock; null where none was. */
  readonly headAgeMs: number | null;
}

/** The checkpoint and, as `consumer:tree`, the lease of whoever builds the tree. */
export const TREE_CONSUMER = 'tree';

const HEADS_MAX = 1_000;
const HEAD_COLUMNS = 'size, root_hash, signed_at, signed_note';
const TILES = `
  SELECT w.nr::integer, t.hashes
    FROM unnest($1::smallint[], $2::bigint[]) WITH ORDINALITY AS w (level, index, nr)
    JOIN tree.tiles t ON t.level = w.level AND t.index = w.index`;
const LATEST_HEAD = `
  SELECT ${HEAD_COLUMNS} FROM tree.heads ORDER BY size DESC, signed_at DESC LIMIT 1`;
const HEAD_AT = `
  SELECT ${HEAD_COLUMNS} FROM tree.heads WHERE size = $1 ORDER BY signed_at DESC LIMIT 1`;
const HEADS_FROM = `
  SELECT ${HEAD_COLUMNS} FROM tree.heads WHERE size >= $1 ORDER BY size, signed_at LIMIT $2`;
/** Asked for all the time, so it must cost the same however many heads there are: years of them are millions. */
export const STATUS = `
  SELECT coalesce((SELECT max(position) FROM log.events), 0)::bigint,
         coalesce((SELECT position FROM consumers.checkpoints WHERE name = '${TREE_CONSUMER}'), 0)::bigint,
         coalesce((SELECT max(size) FROM tree.heads), 0)::bigint,
         (SELECT (extract(epoch FROM clock_timestamp() - signed_at) * 1000)::bigint
            FROM tree.heads ORDER BY size DESC, signed_at DESC LIMIT 1)`;

const asText = (text: string) => text;
const PARSERS = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, Number],
  [pg.types.builtins.INT4, Number],
  [pg.types.builtins.TIMESTAMPTZ, parseTimestampMs],
  // Postgres writes bytes as \x and hexadecimal digits.
  [pg.types.builtins.BYTEA, (text) => Buffer.from(text.slice(2), 'hex')],
]);
const TREE_TYPES = {
  getTypeParser: (typeId: number) => PARSERS.get(typeId) ?? asText,
} as pg.CustomTypesConfig;

type HeadRow = [size: number, rootHash: Buffer, signedAtMs: number, signedNote: string];

/** The tree over the log as it is stored: for the worker, which builds it, and for audit. */
export class StoredTree implements TileReader {
  constructor(private readonly pool: Pick<pg.Pool, 'query'>) {}

  async readTiles(ids: readonly TileId[]): Promise<readonly (Uint8Array | undefined)[]> {
    const columns = [ids.map(({ level }) => level), ids.map(({ index }) => index)];
    const rows = await this.query<[number, Buffer]>('tree-tiles', TILES, columns);
    const found = new Map(rows);
    return ids.map((_, nr) => found.get(nr + 1));
  }

  /** The head of the largest size; of two, the one that was signed later. Null where none was signed. */
  async latestHead(): Promise<StoredHead | null> {
    const rows = await this.query<HeadRow>('tree-latest-head', LATEST_HEAD, []);
    return rows[0] === undefined ? null : storedHead(rows[0]);
  }

  /** The head of exactly this size, or null. */
  async headAt(size: number): Promise<StoredHead | null> {
    const rows = await this.query<HeadRow>('tree-head-at', HEAD_AT, [size]);
    return rows[0] === undefined ? null : storedHead(rows[0]);
  }

  /** Heads of this size and more, smallest first, at most `limit` (1 to 1,000). */
  async headsFrom(size: number, limit: number): Promise<readonly StoredHead[]> {
    const atMost = Math.min(limit, HEADS_MAX);
    const rows = await this.query<HeadRow>('tree-heads-from', HEADS_FROM, [size, atMost]);
    return rows.map(storedHead);
  }

  /** RFC 6962 audit path of a position in the tree of that size. @throws RangeError, MissingTile */
  async inclusionProof(position: number, size: number): Promise<readonly Buffer[]> {
    return proveInclusion(this, position - 1, size);
  }

  /** RFC 6962 proof that the tree of size `to` begins with that of size `from`. @throws RangeError, MissingTile */
  async consistencyProof(from: number, to: number): Promise<readonly Buffer[]> {
    return proveConsistency(this, from, to);
  }

  async status(): Promise<TreeStatus> {
    type Row = [number, number, number, number | null];
    const [row] = await this.query<Row>('tree-status', STATUS, []);
    const [head, treeSize, signedSize, headAgeMs] = row ?? [0, 0, 0, null];
    return { head, treeSize, signedSize, headAgeMs };
  }

  private async query<R extends unknown[]>(name: string, text: string, values: unknown[]) {
    const options = { name, text, values, rowMode: 'array' as const, types: TREE_TYPES };
    const { rows } = await this.pool.query<R>(options);
    return rows;
  }
}

function storedHead([size, rootHash, signedAtMs, signedNote]: HeadRow): StoredHead {
  return { size, rootHash, signedAtMs, signedNote };
}
