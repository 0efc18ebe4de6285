import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { contentRows, type SealedContent, sealContent } from '../content/seal-content.js';
import { openPool } from '../pool.js';
import { AlteredContent } from './altered-content.js';
import { PostgresLog } from './postgres-log.js';
import { append, TENANT_A, write } from './samples.contract.js';

const STREAM = 'wl_1';
const OTHER = 'wl_2';
let database: FreshDatabase;
let pool: pg.Pool;
let admin: pg.Client;
let log: PostgresLog;
let sealed: SealedContent;

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'altered-content' });
  admin = new pg.Client({ connectionString: database.databaseUrl });
  await admin.connect();
});
beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
  log = new PostgresLog({ pool, newEventId: uuid });
  sealed = sealContent({ args: ['--input', 'Aufträge 🚢 "neu"\n'], env: {} }, randomBytes);
  for (const stream of [STREAM, OTHER] as const) {
    const contents = contentRows(TENANT_A, stream, 0, sealed);
    await log.append({ ...append(write(stream, 0)), contents });
  }
});
afterAll(async () => {
  await Promise.all([pool.end(), admin.end()]);
  await database.drop();
});

const read = (stream: typeof STREAM | typeof OTHER) =>
  log.readContent(TENANT_A, stream, 0, sealed.sha256);

describe('content that is read with what its event says of it', () => {
  it('is given as it was submitted', async () => {
    expect(await read(STREAM)).toEqual(sealed.body);
  });

  it.each([
    ['a word of it', `SET body = replace(body::text, '--input', '--delete')::json`],
    ['nothing but its spelling', `SET body = (body::text || ' ')::json`],
    ['its salt', `SET salt_hex = '00' || substr(salt_hex, 3)`],
  ])('is refused where somebody changed %s, and other content is not', async (_, change) => {
    await admin.query(`UPDATE log.contents ${change} WHERE stream = '${STREAM}'`);
    const [altered, other] = await Promise.allSettled([read(STREAM), read(OTHER)]);
    expect(altered).toMatchObject({ status: 'rejected', reason: expect.any(AlteredContent) });
    expect(other).toEqual({ status: 'fulfilled', value: sealed.body });
  });

  it('is none where it was erased', async () => {
    await admin.query(`DELETE FROM log.contents WHERE stream = '${STREAM}'`);
    expect(await read(STREAM)).toBeNull();
  });
});
