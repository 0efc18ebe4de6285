import pg from 'pg';
import type { Scene } from './act.js';

/**
 * Runs statements on a connection of its own, past every proxy, and lets a server that is away be: false
 * then. What a session holds goes with it, also where the server is crashed meanwhile.
 */
export async function asSuperuser(
  { all }: Scene,
  act: (client: pg.Client) => Promise<void>,
): Promise<boolean> {
  const client = new pg.Client({ connectionString: all.database.databaseUrl });
  client.on('error', () => {});
  try {
    await client.connect();
    await act(client);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Has nobody read or write a table for a while; answers whether it could be had. */
export async function heldUp(scene: Scene, lastsMs: number, table: string): Promise<boolean> {
  let isHeld = false;
  await asSuperuser(scene, async (client) => {
    await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    isHeld = true;
    await scene.pause(lastsMs);
    await client.query('ROLLBACK');
  });
  return isHeld;
}
