import type { EntityManager } from 'typeorm';
import type { DatedTreeHead } from '../proof/head-history.js';
import type { Tile } from '../proof/tiles.js';

/** What was there is a beginning of what comes; the table refuses anything else. */
const WRITE_TILES = `
  INSERT INTO tree.tiles AS t (level, index, hashes)
  SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
  ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes`;

const WRITE_HEAD = `
  INSERT INTO tree.heads (size, key_id, root_hash, signed_at, signed_note)
  VALUES ($1, $2, $3, to_timestamp($4::float8 / 1000), $5)
  ON CONFLICT (size, key_id) DO NOTHING`;

/** Writes tiles within the transaction that moves the checkpoint. */
export async function writeTiles(transaction: EntityManager, tiles: readonly Tile[]) {
  await transaction.query(WRITE_TILES, [
    tiles.map(({ level }) => level),
    tiles.map(({ index }) => index),
    tiles.map(({ hashes }) => hashes),
  ]);
}

/** Writes a head within a transaction that holds the lease. */
export async function writeHead(transaction: EntityManager, head: DatedTreeHead) {
  const keyId = head.signedBy[0]?.keyId.toString('hex');
  const { size, rootHash, signedAtMs, signedNote } = head;
  await transaction.query(WRITE_HEAD, [size, keyId, rootHash, signedAtMs, signedNote]);
}
