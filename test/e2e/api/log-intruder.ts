import { readRawEntries } from '@bulkhead/event-store';
import {
  LeafWriter,
  type NoteSigner,
  type RawEntry,
  signTreeHead,
  TileBuilder,
} from '@bulkhead/event-store/proof';
import type pg from 'pg';

const ENTRIES_MAX = 5_000;
const TABLES = ['log.events', 'tree.tiles', 'tree.heads'];

/** Whoever has the superuser of Postgres, and so can do to the log what nobody else can. */
export class LogIntruder {
  constructor(private readonly admin: pg.Pool) {}

  /** Runs statements with the log's own protection taken off, and puts it back. */
  async tamper(...statements: string[]): Promise<void> {
    const client = await this.admin.connect();
    try {
      await client.query('ALTER TABLE log.events DISABLE TRIGGER refuse_change');
      for (const statement of statements) await client.query(statement);
      await client.query('ALTER TABLE log.events ENABLE ALWAYS TRIGGER refuse_change');
    } finally {
      client.release();
    }
  }

  /** Makes a copy of the database's log and tree. */
  async copy(name: string): Promise<void> {
    await this.admin.query(`CREATE SCHEMA ${name}`);
    for (const table of TABLES)
      await this.admin.query(`CREATE TABLE ${at(name, table)} AS TABLE ${table}`);
  }

  /** Puts a copy in the place of what there is. */
  async restore(name: string): Promise<void> {
    await this.tamper(
      `TRUNCATE ${TABLES.join(', ')}`,
      ...TABLES.map((table) => `INSERT INTO ${table} SELECT * FROM ${at(name, table)}`),
    );
  }

  /** Makes tree and heads of the database fit the entries as they are now, signed by that key. */
  async rebuildTree(signer: NoteSigner): Promise<void> {
    const { rows } = await this.admin.query<{ size: number }>(
      'SELECT size::integer FROM tree.heads ORDER BY size',
    );
    const entries = await readRawEntries(this.admin, { afterPosition: 0, limit: ENTRIES_MAX });
    await this.tamper('TRUNCATE tree.tiles, tree.heads');
    for (const tile of builderOf(entries).takeTiles()) {
      const values = [tile.level, tile.index, tile.hashes];
      await this.admin.query('INSERT INTO tree.tiles VALUES ($1, $2, $3)', values);
    }
    const sizes = new Set([...rows.map(({ size }) => size), entries.length]);
    for (const size of sizes) {
      if (size > entries.length) continue;
      const rootHash = builderOf(entries.slice(0, size)).root();
      const { signedNote, signedBy } = signTreeHead({ size, rootHash }, signer);
      await this.admin.query('INSERT INTO tree.heads VALUES ($1, $2, $3, now(), $4)', [
        size,
        signedBy[0]?.keyId.toString('hex'),
        rootHash,
        signedNote,
      ]);
    }
  }
}

/** The table's namesake in the copy. */
const at = (copy: string, table: string) => `${copy}.${table.replace(/^\w+\./, '')}`;

function builderOf(entries: readonly RawEntry[]): TileBuilder {
  const builder = new TileBuilder();
  const leaves = new LeafWriter();
  for (const entry of entries) builder.appendText(leaves.leaf(entry));
  return builder;
}
