import type { StreamId } from '@bulkhead/domain';
import fc from 'fast-check';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { appendGroup } from './append.js';
import { encodeAppend } from './encode-append.js';
import type { Append } from './event-log.js';
import { append, TENANT_A, TENANT_B, write } from './samples.contract.js';

let database: FreshDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'group-int', connectionsMax: 2 });
});

beforeEach(() => emptyDatabase(database.databaseUrl));

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const send = (...group: Append[]) => appendGroup(pool, group.map(encodeAppend), uuid);

function answered(key: string, stream: Append['streams'][number]): Append {
  const requestSha256 = 'ab'.repeat(32);
  const answer = { scope: TENANT_A, route: 'POST /v1/workloads', key, requestSha256 };
  const body = { id: stream.stream };
  const content = { tenant: TENANT_A, part: 0, saltHex: '00', stream: stream.stream, body };
  return {
    ...append(stream),
    idempotentAnswer: { ...answer, status: 202, body },
    contents: [content],
  };
}

async function recorded(): Promise<string[]> {
  const { rows } = await pool.query(
    'SELECT position, stream, version FROM log.events ORDER BY position',
  );
  return rows.map(({ position, stream, version }) => `${position} ${stream} ${version}`);
}

describe('a group in which somebody conflicts', () => {
  it('records the others whole when one takes an existing stream for new', async () => {
    await send(append(write('wl_1', 0)), append(write('wl_2', 0)));
    const outcomes = await send(
      append(write('wl_3', 0, ['a', 'b'])),
      append(write('wl_4', 0), write('wl_1', 0, ['late', 'later'])),
      append(write('wl_2', 1, ['c', 'd']), write('wl_5', 0)),
    );
    expect(outcomes).toEqual([
      expect.objectContaining({ firstPosition: 3, lastPosition: 4 }),
      expect.objectContaining({ name: 'VersionConflict', stream: 'wl_1', actualVersion: 1 }),
      expect.objectContaining({ firstPosition: 5, lastPosition: 7 }),
    ]);
    const after = ['3 wl_3 1', '4 wl_3 2', '5 wl_2 2', '6 wl_2 3', '7 wl_5 1'];
    expect(await recorded()).toEqual(['1 wl_1 1', '2 wl_2 1', ...after]);
  });

  it('keeps content and answers of those only that it records', async () => {
    await send(answered('first', write('wl_1', 0)));
    const outcomes = await send(
      answered('second', write('wl_2', 0)),
      answered('first', write('wl_3', 0)),
      answered('third', write('wl_1', 0)),
      append(write('wl_4', 0, ['b'], TENANT_B)),
    );
    expect(outcomes).toEqual([
      expect.objectContaining({ firstPosition: 2 }),
      expect.objectContaining({ name: 'AlreadyAnswered' }),
      expect.objectContaining({ name: 'VersionConflict', stream: 'wl_1' }),
      expect.objectContaining({ firstPosition: 3 }),
    ]);
    const contents = await pool.query('SELECT stream FROM log.contents ORDER BY stream');
    expect(contents.rows.map(({ stream }) => stream)).toEqual(['wl_1', 'wl_2']);
    const admin = openPool({ url: database.databaseUrl, applicationName: 'group-int-admin' });
    const answers = await admin.query('SELECT body FROM log.idempotent_answers ORDER BY body');
    await admin.end();
    expect(answers.rows.map(({ body }) => body)).toEqual(['{"id":"wl_1"}', '{"id":"wl_2"}']);
  });

  it('comes out, whatever the group, as if its members had come one after the other', async () => {
    const member = fc.record({ saw: fc.nat(2), events: fc.integer({ min: 1, max: 3 }) });
    const groups = fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), member), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(groups, async (run) => {
        await emptyDatabase(database.databaseUrl);
        const expected: string[] = [];
        const versions = new Map<string, number>();
        for (const group of run) {
          const members = Object.entries(group);
          if (members.length === 0) continue;
          const outcomes = await send(
            ...members.map(([name, { saw, events }]) =>
              append(write(`wl_${name}` as StreamId, saw, Array(events).fill('x'))),
            ),
          );
          members.forEach(([name, { saw, events }], nr) => {
            const before = versions.get(name) ?? 0;
            expect(outcomes[nr] instanceof Error).toBe(saw !== before);
            if (saw !== before) return;
            versions.set(name, before + events);
            for (let version = before + 1; version <= before + events; version += 1) {
              expected.push(`${expected.length + 1} wl_${name} ${version}`);
            }
          });
        }
        expect(await recorded()).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });
});
