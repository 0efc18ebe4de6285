import pg from 'pg';
import { type Act, oneOf, type Scene } from './act.js';

/** What consumers of the log write, and what the queue keeps its jobs in. */
const CONSUMED = ['read.workloads', 'read.batches', 'consumers.checkpoints'];
/** The list that tenants read: what it misses for good, they see. */
const HELD_WHILE_KILLED = 'read.workloads';
const QUEUE_SCHEMA = 'bullmq';
/** What BullMQ knows of its own schema stays, as it does where a store is emptied and not removed. */
const KEPT_QUEUE_TABLES = ['migration'];

/** Only one act at a time may stop the server: the next one finds it as it was. */
let serverIsBusy = false;

async function withServer(act: () => Promise<void>): Promise<void> {
  if (serverIsBusy) return;
  serverIsBusy = true;
  await act().finally(() => {
    serverIsBusy = false;
  });
}

/** Runs statements on a connection of its own, and lets a server that is away be. */
async function asSuperuser({ all }: Scene, act: (client: pg.Client) => Promise<void>) {
  const client = new pg.Client({ connectionString: all.database.databaseUrl });
  client.on('error', () => {});
  try {
    await client.connect();
    await act(client);
  } catch {
    // The server was crashed meanwhile, and the lock is gone with it.
  } finally {
    await client.end().catch(() => {});
  }
}

/** What waits for the log is sure to be cut off before the log is free again. */
const KILLED_BEFORE_MS = 500;

async function heldUp(scene: Scene, lastsMs: number, table: string): Promise<void> {
  await asSuperuser(scene, async (client) => {
    await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    await scene.pause(lastsMs);
    await client.query('ROLLBACK');
  });
}

export const actsOnStores: readonly Act[] = [
  {
    name: 'crash Postgres',
    weight: 1,
    lastsMs: { min: 0, max: 1_500 },
    run: (scene, lastsMs) =>
      withServer(async () => {
        await scene.all.server.crash();
        await scene.pause(lastsMs);
        await scene.all.server.startAgain();
      }),
  },
  {
    name: 'restart Postgres',
    weight: 1,
    lastsMs: { min: 0, max: 0 },
    run: (scene) => withServer(() => scene.all.server.startAgain()),
  },
  {
    name: 'hold a consumer up',
    weight: 2,
    lastsMs: { min: 500, max: 3_000 },
    run: (scene, lastsMs, nr) => heldUp(scene, lastsMs, oneOf(CONSUMED, nr)),
  },
  {
    name: 'hold a consumer up and kill the workers one by one',
    weight: 1,
    lastsMs: { min: 2_000, max: 4_000 },
    run: async (scene, lastsMs) => {
      const held = heldUp(scene, lastsMs, HELD_WHILE_KILLED);
      const { workers } = scene.all;
      for (const worker of workers) {
        await scene.pause(lastsMs / (workers.length + 1));
        await worker.kill();
      }
      await held;
    },
  },
  {
    name: 'hold the log up and kill the apis',
    weight: 1,
    lastsMs: { min: 500, max: 1_500 },
    run: async (scene, lastsMs) => {
      const held = heldUp(scene, lastsMs + KILLED_BEFORE_MS, 'log.events');
      await scene.pause(lastsMs);
      await Promise.all(scene.all.apis.map((api) => api.kill()));
      await held;
    },
  },
  {
    name: 'empty the queue',
    weight: 1,
    lastsMs: { min: 0, max: 0 },
    run: (scene) =>
      asSuperuser(scene, async (client) => {
        const { rows } = await client.query<{ name: string }>(
          `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
            WHERE schemaname = $1 AND tablename <> ALL ($2)`,
          [QUEUE_SCHEMA, KEPT_QUEUE_TABLES],
        );
        if (rows.length === 0) return;
        await client.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')}`);
      }),
  },
];
