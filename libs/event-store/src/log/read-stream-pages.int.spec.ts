import type { StreamId } from '@bulkhead/domain';
import type pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { movedStreams } from './moved-streams.js';
import { PostgresLog } from './postgres-log.js';
import { PAGE_EVENTS_MAX, readStreamPages, type StreamPage } from './read-stream-pages.js';
import { append, TENANT_A, TENANT_B, write } from './samples.contract.js';

const [ONE, TWO, LONG, THEIRS] = ['wl_1', 'wl_2', 'wl_long', 'wl_b'] as readonly StreamId[] as [
  StreamId,
  StreamId,
  StreamId,
  StreamId,
];
const texts = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}`);
let database: FreshDatabase;
let pool: pg.Pool;

/** As the api's role, which sees one tenant's rows at a time. */
beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.apiUrl, applicationName: 'stream-pages-int' });
  const log = new PostgresLog({ pool, newEventId: v7 });
  await log.append(append(write(ONE, 0, texts(3)), write(TWO, 0, texts(1))));
  await log.append(append(write(THEIRS, 0, texts(2), TENANT_B)));
  await log.append(append(write(LONG, 0, texts(PAGE_EVENTS_MAX))));
  await log.append(append(write(LONG, PAGE_EVENTS_MAX, texts(5))));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const told = ({ events, throughVersion }: StreamPage) => [
  events.map(({ version }) => version),
  throughVersion,
];
const pagesOf = (...streams: readonly [StreamId, number][]) =>
  readStreamPages(pool, {
    owner: TENANT_A,
    streams: streams.map(([stream, version]) => ({ stream, version })),
    without: [],
  });

describe('pages of streams', () => {
  it('go on after the version of each, the same stream twice included', async () => {
    const pages = await pagesOf([ONE, 1], [TWO, 1], [ONE, 0], ['wl_none' as StreamId, 0]);
    expect(pages.map(told)).toEqual([
      [[2, 3], 3],
      [[], 1],
      [[1, 2, 3], 3],
      [[], 0],
    ]);
  });

  it('hold nothing of another tenant, whoever names its stream', async () => {
    expect((await pagesOf([THEIRS, 0])).map(told)).toEqual([[[], 0]]);
  });

  it('are bounded, and go on where they ended', async () => {
    const [first] = await pagesOf([LONG, 0]);
    expect([first?.events.length, first?.throughVersion]).toEqual([
      PAGE_EVENTS_MAX,
      PAGE_EVENTS_MAX,
    ]);
    const [rest] = await pagesOf([LONG, PAGE_EVENTS_MAX]);
    expect(rest?.events.length).toBe(5);
  });

  it('pass over types that nobody wants, and say how far they came all the same', async () => {
    const [page] = await readStreamPages(pool, {
      owner: TENANT_A,
      streams: [{ stream: ONE, version: 1 }],
      without: ['WorkloadCancelRequested'],
    });
    expect(page && told(page)).toEqual([[], 3]);
  });
});

describe('whoever asks which streams have moved', () => {
  it('hears of all that are past the version that was named, whoever they belong to', async () => {
    const asked = [
      { stream: ONE, version: 3 },
      { stream: ONE, version: 2 },
      { stream: THEIRS, version: 0 },
      { stream: 'wl_none' as StreamId, version: 0 },
    ];
    expect(await movedStreams(pool, asked)).toEqual([asked[1], asked[2]]);
    expect(await movedStreams(pool, [])).toEqual([]);
  });
});
