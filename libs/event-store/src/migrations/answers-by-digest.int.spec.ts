import type { QueryRunner } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { expect, it } from 'vitest';
import { freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append, TENANT_A, TENANT_B, write } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { AnswersByDigest } from './0013-answers-by-digest.js';

/** The table as migration 0001 made it. */
const TABLE_BEFORE = `
  CREATE TABLE log.idempotent_answers (
    scope text NOT NULL, route text NOT NULL, key text NOT NULL, request_sha256 text NOT NULL,
    status integer NOT NULL, body json NOT NULL, answered_at timestamptz(3) NOT NULL,
    PRIMARY KEY (scope, route, key))`;

it('gives a repeated request the answer that was stored before answers were found by digest', async () => {
  const database = await freshDatabase();
  const admin = openPool({ url: database.databaseUrl, applicationName: 'digest' });
  const api = openPool({ url: database.apiUrl, applicationName: 'digest' });
  const route = 'POST /v1/workloads';
  const body = { name: 'Grüße, "日本"', nested: [1, { b: null }] };
  try {
    await admin.query('DROP TABLE log.idempotent_answers');
    await admin.query('DROP FUNCTION log.append_alone');
    await admin.query(TABLE_BEFORE);
    for (const [scope, key] of [
      [TENANT_A, 'ключ\nzwei'],
      [TENANT_A, 'k'],
      [TENANT_B, 'k'],
    ]) {
      await admin.query('INSERT INTO log.idempotent_answers VALUES ($1,$2,$3,$4,202,$5,now())', [
        scope,
        route,
        key,
        'ab'.repeat(32),
        JSON.stringify({ ...body, scope }),
      ]);
    }
    await new AnswersByDigest().up({
      query: (text: string) => admin.query(text),
    } as unknown as QueryRunner);
    await admin.query('GRANT SELECT ON log.idempotent_answers TO PUBLIC');
    await admin.query('GRANT EXECUTE ON FUNCTION log.append, log.append_alone TO PUBLIC');

    const log = new PostgresLog({ pool: api, newEventId: uuid });
    const found = await log.findAnswer(TENANT_A, route, 'ключ\nzwei');
    expect(found).toMatchObject({ status: 202, body: { ...body, scope: TENANT_A } });
    expect((await log.findAnswer(TENANT_B, route, 'k'))?.body).toEqual({
      ...body,
      scope: TENANT_B,
    });
    expect(await log.findAnswer(TENANT_B, route, 'ключ\nzwei')).toBeNull();
    const answer = { scope: TENANT_A, route, key: 'k', requestSha256: 'cd', status: 202, body };
    const again = log.append({ ...append(write('wl_1', 0)), idempotentAnswer: answer });
    await expect(again).rejects.toMatchObject({ name: 'AlreadyAnswered' });
  } finally {
    await Promise.all([admin.end(), api.end()]);
    await database.drop();
  }
});
