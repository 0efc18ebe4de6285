import { event, type StreamId, type WorkloadCancelRequested } from '@bulkhead/domain';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../test/postgres/fresh-database.js';
import { ListLogEntries, ListLogEntriesHandler } from './list-log-entries.handler.js';

const MIB = 1024 * 1024;
const COUNT = 12;
const metadata = {
  actor: { kind: 'system', id: 'test' },
  correlationId: 'test',
  causationPosition: null,
} as const;
let database: FreshDatabase;
let worker: pg.Pool;
let audit: pg.Pool;

beforeAll(async () => {
  database = await freshDatabase();
  worker = openPool({ url: database.workerUrl, applicationName: 'list-log-entries' });
  audit = openPool({ url: database.auditUrl, applicationName: 'list-log-entries' });
  const log = new PostgresLog({ pool: worker, newEventId: uuid });
  for (let nr = 1; nr <= COUNT; nr += 1) {
    const stream: StreamId = `wl_${nr}`;
    const reason = 'x'.repeat(MIB);
    const events = [event<WorkloadCancelRequested>('WorkloadCancelRequested', 1, { reason })];
    const streams = [{ owner: 'ten_a', stream, expectedVersion: 0, events }] as const;
    await log.append({ streams, metadata });
  }
});
afterAll(async () => {
  await Promise.all([worker.end(), audit.end()]);
  await database.drop();
});

it('gives an auditor pages of a few megabytes, however large a tenant made its events', async () => {
  const handler = new ListLogEntriesHandler(audit);
  const seen: number[] = [];
  for (;;) {
    const page = await handler.execute(new ListLogEntries(seen.at(-1), 5_000));
    expect(page.length).toBeLessThan(6 * MIB);
    const lines = page.split('\n').filter((line) => line !== '');
    if (lines.length === 0) break;
    seen.push(...lines.map((line) => (JSON.parse(line) as { position: number }).position));
  }
  expect(seen).toEqual(Array.from({ length: COUNT }, (_, nr) => nr + 1));
});
