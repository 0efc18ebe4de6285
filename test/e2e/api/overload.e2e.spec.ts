import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

/** The least that the setting allows. */
const WAITING_MAX = 100;
/** What the log has on its way at once; they are sent and do not count as waiting. */
const IN_FLIGHT = 2;
const SENT = 110;
const PATIENCE_MS = 10_000;

let api: ApiUnderTest;
let admin: pg.Client;
/** Holds the lock: within a transaction the view of who waits would stand still. */
let blocker: pg.Client;
let token: string;

beforeAll(async () => {
  api = await ApiUnderTest.start({ appendsWaitingMax: WAITING_MAX });
  const options = { connectionString: api.database.databaseUrl };
  [admin, blocker] = [new pg.Client(options), new pg.Client(options)];
  await Promise.all([admin.connect(), blocker.connect()]);
  ({ token } = await api.tenant(await api.platformToken('operator')));
});
afterAll(async () => {
  await Promise.all([admin.end(), blocker.end()]);
  await api.stop();
});

const submit = (key: string) => api.post('/v1/workloads', token, submission(), key);

const backendsWaiting = async (): Promise<number[]> => {
  const { rows } = await admin.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%log.append%'`,
  );
  return rows.map(({ pid }) => pid);
};

/** Nobody can append until the lock is let go; everybody can read. */
async function whileNobodyCanAppend<T>(act: () => Promise<T>): Promise<T> {
  await blocker.query('BEGIN; LOCK TABLE log.events IN EXCLUSIVE MODE');
  try {
    return await act();
  } finally {
    await blocker.query('ROLLBACK');
  }
}

const submittedWorkloads = async (): Promise<number> => {
  const types = ['WorkloadSubmitted'] as const;
  return (await api.log.readAll({ afterPosition: 0, limit: 5_000, types })).length;
};

describe('an api whose log cannot keep up', () => {
  it('answers 503 with Retry-After beyond its bound, records nothing of it, and forgets nobody who waits', async () => {
    const before = await submittedWorkloads();
    const keys = Array.from({ length: SENT }, (_, nr) => `overload ${nr}`);
    const answered = new Map<string, number>();
    const sending = await whileNobodyCanAppend(async () => {
      const send = async (key: string) => {
        const answer = await submit(key);
        answered.set(key, answer.status);
        return answer;
      };
      // One after the other, so that each leaves alone and the others find the way taken.
      const all: ReturnType<typeof send>[] = [];
      for (const key of keys.slice(0, IN_FLIGHT)) {
        all.push(send(key));
        await expect.poll(backendsWaiting, { timeout: PATIENCE_MS }).toHaveLength(all.length);
      }
      all.push(...keys.slice(IN_FLIGHT).map(send));
      const refused = SENT - IN_FLIGHT - WAITING_MAX;
      await expect.poll(() => answered.size, { timeout: PATIENCE_MS }).toBe(refused);
      return all;
    });
    const answers = await Promise.all(sending);
    const refused = answers.filter(({ status }) => status !== 202);
    expect(refused).toHaveLength(SENT - IN_FLIGHT - WAITING_MAX);
    for (const { status, body, headers } of refused) {
      expect([status, body.code]).toEqual([503, 'OVERLOADED']);
      expect(headers.get('retry-after')).toBe('1');
      expect(body.detail).toContain('Nothing was recorded');
    }
    expect(await submittedWorkloads()).toBe(before + IN_FLIGHT + WAITING_MAX);

    for (const key of keys) {
      const again = await submit(key);
      expect(again.status).toBe(202);
      const wasRefused = answered.get(key) === 503;
      expect(again.headers.get('idempotency-replayed')).toBe(wasRefused ? null : 'true');
    }
    expect(await submittedWorkloads()).toBe(before + SENT);
  });
});

describe('an api whose connection to the log breaks in mid-append', () => {
  it('says that the outcome is unknown, and takes the repetition under the same key', async () => {
    const before = await submittedWorkloads();
    const answer = await whileNobodyCanAppend(async () => {
      const submitting = submit('cut');
      await expect.poll(backendsWaiting, { timeout: PATIENCE_MS }).toHaveLength(1);
      const [pid] = await backendsWaiting();
      await admin.query('SELECT pg_terminate_backend($1)', [pid]);
      return submitting;
    });
    expect([answer.status, answer.body.code]).toEqual([503, 'OUTCOME_UNKNOWN']);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.body.detail).toContain('Idempotency-Key');
    expect((await submit('cut')).status).toBe(202);
    expect(await submittedWorkloads()).toBe(before + 1);
  });
});

describe('an api on a database that has become read-only', () => {
  /** What a failover to a standby looks like: the sessions end, and new ones can only read. */
  async function setReadOnly(isReadOnly: boolean): Promise<void> {
    const change = isReadOnly
      ? 'SET default_transaction_read_only = on'
      : 'RESET default_transaction_read_only';
    const { rows } = await admin.query('SELECT current_database() AS name');
    await admin.query(`ALTER DATABASE ${rows[0].name} ${change}`);
    // Waited for: a session that ends later takes its next statement with it, and then its outcome is unknown.
    await admin.query(
      `SELECT pg_terminate_backend(pid, ${PATIENCE_MS}) FROM pg_stat_activity
        WHERE datname = current_database() AND usename = 'bulkhead_api'`,
    );
  }

  it('goes on answering reads, says that nothing was recorded, and takes up work again by itself', async () => {
    const before = await submittedWorkloads();
    await setReadOnly(true);
    // Until the api has noticed that its connections were cut.
    const reads = async () => (await api.get('/v1/workloads', token)).status;
    await expect.poll(reads, { timeout: PATIENCE_MS }).toBe(200);
    const answer = await submit('read-only');
    expect([answer.status, answer.body.code]).toEqual([503, 'LOG_UNAVAILABLE']);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.text).not.toMatch(/read-only transaction|log\.append/);
    expect((await api.get('/v1/workloads', token)).status).toBe(200);
    expect(await submittedWorkloads()).toBe(before);
    await setReadOnly(false);
    const status = async () => (await submit('read-only')).status;
    await expect.poll(status, { timeout: PATIENCE_MS }).toBe(202);
    expect(await submittedWorkloads()).toBe(before + 1);
  });
});
