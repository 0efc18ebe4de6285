import { type DomainEvent, event, type PlacerTookOver, type StreamId } from '@bulkhead/domain';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import type { Appended } from './event-log.js';
import { PostgresLog } from './postgres-log.js';
import { type AuditFilter, auditQuery, readAudit } from './read-audit.js';
import { readStateAt } from './read-state-at.js';
import { append, METADATA, TENANT_A, TENANT_B, write } from './samples.contract.js';
import type { Evolving } from './stream-state.js';

let database: FreshDatabase;
let writer: pg.Pool;
let audit: pg.Pool;
const done: Appended[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  writer = openPool({ url: database.workerUrl, applicationName: 'audit-int' });
  audit = openPool({ url: database.auditUrl, applicationName: 'audit-int' });
  const log = new PostgresLog({ pool: writer, newEventId: uuid });
  const operator = { ...METADATA, actor: { kind: 'operator', id: 'cred_o' } } as const;
  const takeover = event<PlacerTookOver>('PlacerTookOver', 5, { owner: 'x', term: 1 });
  const placer = { owner: null, stream: 'placer', expectedVersion: 0, events: [takeover] } as const;
  for (const one of [
    append(write('wl_1', 0, ['1', '2'])),
    append(write('wl_2', 0, ['3'], TENANT_B)),
    append(placer),
    { ...append(write('wl_1', 2, ['5'])), metadata: operator },
  ]) {
    done.push(await log.append(one));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

afterAll(async () => {
  await Promise.all([writer.end(), audit.end()]);
  await database.drop();
});

async function found(filter: Omit<AuditFilter, 'limit'>, limit = 100): Promise<number[]> {
  const events = await readAudit(audit, { ...filter, limit });
  return events.map(({ position }) => position);
}

const timeOf = (index: number) => done[index]?.recordedAtMs ?? 0;

describe('an audit query', () => {
  it('finds events of every tenant in the order of the log', async () => {
    expect(await found({})).toEqual([1, 2, 3, 4, 5]);
    expect(await found({ afterPosition: 1 }, 2)).toEqual([2, 3]);
  });

  it('narrows by tenant, stream, type and actor, alone and together', async () => {
    expect(await found({ tenant: TENANT_A })).toEqual([1, 2, 5]);
    expect(await found({ stream: 'wl_2' })).toEqual([3]);
    expect(await found({ type: 'PlacerTookOver' })).toEqual([4]);
    expect(await found({ actorId: 'cred_o' })).toEqual([5]);
    expect(await found({ tenant: TENANT_A, actorId: 'contract', afterPosition: 1 })).toEqual([2]);
    expect(await found({ tenant: TENANT_B, stream: 'wl_1' })).toEqual([]);
  });

  it('takes a time from which on and one before which events were recorded', async () => {
    expect(await found({ fromMs: timeOf(1) })).toEqual([3, 4, 5]);
    expect(await found({ beforeMs: timeOf(1) })).toEqual([1, 2]);
    expect(await found({ fromMs: timeOf(1), beforeMs: timeOf(2) })).toEqual([3]);
    expect(await found({ fromMs: timeOf(3) + 60_000 })).toEqual([]);
    expect(await found({ beforeMs: 0 })).toEqual([]);
  });

  it.each([
    [{}, 'events_pkey'],
    [{ tenant: TENANT_A }, 'events_by_tenant'],
    [{ type: 'PlacerTookOver' }, 'events_by_type'],
    [{ stream: 'wl_1' }, 'events_stream_version_key'],
    [{ actorId: 'cred_o' }, 'events_by_actor'],
    [{ actorId: 'placer' }, 'events_by_actor'],
  ] as const)('with %j walks along the index %s, without sorting', async (filter, index) => {
    const client = await audit.connect();
    try {
      // A handful of rows would be scanned, which says nothing of a long log.
      await client.query('BEGIN');
      await client.query('SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off');
      const { text, values } = auditQuery({ ...filter, limit: 10, afterPosition: 1 });
      const { rows } = await client.query(`EXPLAIN (COSTS off) ${text}`, values);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain(`using ${index} on events`);
      expect(plan).not.toContain('Sort');
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });

  it('cannot be made to run anything else', async () => {
    expect(await found({ actorId: `x' OR '1'='1` })).toEqual([]);
  });
});

describe('a stream as it was', () => {
  const versions: Evolving<number, DomainEvent> = { initialState: 0, evolve: (count) => count + 1 };
  type Moment = Parameters<typeof readStateAt>[3];
  const stateOf = async (stream: StreamId, at: Moment) => {
    const { state, version, last } = await readStateAt(audit, stream, versions, at);
    expect(version).toBe(last?.version ?? 0);
    return [state, last?.position];
  };

  it('ends at the position or the time asked for', async () => {
    expect(await stateOf('wl_1', { position: 1 })).toEqual([1, 1]);
    expect(await stateOf('wl_1', { position: 4 })).toEqual([2, 2]);
    expect(await stateOf('wl_1', { timeMs: timeOf(0) - 1 })).toEqual([0, undefined]);
    expect(await stateOf('wl_1', { timeMs: timeOf(0) })).toEqual([2, 2]);
    expect(await stateOf('wl_1', { timeMs: timeOf(3) })).toEqual([3, 5]);
  });

  it('is folded to its end, however many events it has by then', async () => {
    const log = new PostgresLog({ pool: writer, newEventId: uuid });
    const thousand = Array<string>(1_000).fill('x');
    await log.append(append(write('wl_long', 0, thousand)));
    expect(await stateOf('wl_long', { position: Number.MAX_SAFE_INTEGER })).toEqual([1_000, 1_005]);
    await log.append(append(write('wl_long', 1_000, thousand)));
    await log.append(append(write('wl_long', 2_000, ['y'])));
    expect(await stateOf('wl_long', { position: Number.MAX_SAFE_INTEGER })).toEqual([2_001, 2_006]);
    expect(await stateOf('wl_long', { position: 1_500 })).toEqual([1_495, 1_500]);
  });
});
