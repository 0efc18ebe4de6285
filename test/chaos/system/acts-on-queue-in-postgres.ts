import type { Act } from './act.js';
import { asSuperuser } from './superuser.js';

const QUEUE_SCHEMA = 'bullmq';
/** What BullMQ knows of its own schema stays, as it does where a store is emptied and not removed. */
const KEPT_QUEUE_TABLES = ['migration'];
/** Whoever holds this lock has the queue full; a session that is cut off cannot leave it full. */
const FULL_LOCK = 61_006;

/** The queue takes nothing while the lock is held, and says what a server with a full disk says. */
const REFUSE_WHILE_FULL = `
  CREATE SCHEMA IF NOT EXISTS chaos;
  CREATE OR REPLACE FUNCTION chaos.refuse_while_full() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF pg_try_advisory_xact_lock_shared(${FULL_LOCK}) THEN RETURN NULL; END IF;
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
  END $$;
  CREATE OR REPLACE TRIGGER refuse_while_full BEFORE INSERT ON ${QUEUE_SCHEMA}.job
    FOR EACH STATEMENT EXECUTE FUNCTION chaos.refuse_while_full()`;

/** Only where the queues are in Postgres. */
export const actsOnQueueInPostgres: readonly Act[] = [
  {
    name: 'empty the queue',
    weight: 2,
    lastsMs: { min: 0, max: 0 },
    run: (scene) =>
      asSuperuser(scene, async (client) => {
        const { rows } = await client.query<{ name: string }>(
          `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
            WHERE schemaname = $1 AND tablename <> ALL ($2)`,
          [QUEUE_SCHEMA, KEPT_QUEUE_TABLES],
        );
        await client.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')}`);
      }),
  },
  {
    name: 'fill the queue up',
    weight: 2,
    lastsMs: { min: 500, max: 4_000 },
    run: async (scene, lastsMs) => {
      let isFull = false;
      await asSuperuser(scene, async (client) => {
        await client.query(REFUSE_WHILE_FULL);
        await client.query('SELECT pg_advisory_lock($1)', [FULL_LOCK]);
        isFull = true;
        await scene.pause(lastsMs);
      });
      return isFull;
    },
  },
];
