import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import pg from 'pg';
import { expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

const PATIENCE = { timeout: 10_000 };
const WAITING_HERE = `
  SELECT FROM pg_locks WHERE NOT granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Over a connection that its client would like to keep. */
function submit(api: ApiUnderTest, token: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(`${api.url}/v1/workloads`, {
      method: 'POST',
      agent: new Agent({ keepAlive: true }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    sent.once('response', (response) => resolve(response.resume())).once('error', reject);
    sent.end(JSON.stringify(submission()));
  });
}

it('an api that stops answers what it has begun, and then waits for no connection that was kept alive', async () => {
  const api = await ApiUnderTest.start();
  const { token } = await api.tenant(await api.platformToken('operator'));
  const blocker = new pg.Client({ connectionString: api.database.databaseUrl });
  await blocker.connect();
  await blocker.query('BEGIN; LOCK TABLE log.events IN EXCLUSIVE MODE');
  const answered = submit(api, token);
  // Of this database alone: in the others of the server, those of other tests wait for one another.
  const waiting = async () => (await blocker.query(WAITING_HERE)).rowCount;
  await expect.poll(waiting, PATIENCE).toBeGreaterThan(0);
  const server = api.running.app.getHttpServer();
  const stopped = api.running.app.close();
  await expect.poll(() => server.listening, PATIENCE).toBe(false);
  await blocker.query('ROLLBACK');
  await blocker.end();
  const { statusCode, headers } = await answered;
  expect([statusCode, headers.connection]).toEqual([202, 'close']);
  await stopped;
  await api.stop();
});

it('an api that stops waits for no connection on which nothing was ever sent', async () => {
  const api = await ApiUnderTest.start();
  const { hostname, port } = new URL(api.url);
  const silent = connect(Number(port), hostname);
  const gone = new Promise<void>((resolve) => {
    silent.once('close', resolve).on('error', () => {});
  });
  const server = api.running.app.getHttpServer();
  const connected = () =>
    new Promise<number>((resolve) => {
      server.getConnections((_error: unknown, count: number) => resolve(count));
    });
  await expect.poll(connected, PATIENCE).toBe(1);
  const startedAtMs = Date.now();
  await api.stop();
  await gone;
  expect(Date.now() - startedAtMs).toBeLessThan(20_000);
});

it('an api that is about to stop ends each connection with its answer, and still takes new ones', async () => {
  const api = await ApiUnderTest.start();
  const { token } = await api.tenant(await api.platformToken('operator'));
  const connectionAfter = async () => {
    const { statusCode, headers } = await submit(api, token);
    return [statusCode, headers.connection];
  };
  expect(await connectionAfter()).toEqual([202, 'keep-alive']);
  api.running.stopping.announce();
  expect(await connectionAfter()).toEqual([202, 'close']);
  expect(await connectionAfter()).toEqual([202, 'close']);
  await api.stop();
});
