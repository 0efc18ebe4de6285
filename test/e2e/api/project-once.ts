import {
  openReadModels,
  type PostgresLog,
  PROJECTIONS,
  readGenerations,
} from '@bulkhead/event-store';

const SHOWN = `
  INSERT INTO consumers.checkpoints (name, position, updated_at) VALUES ($1, $2, clock_timestamp())
  ON CONFLICT (name) DO UPDATE SET position = excluded.position`;

/** Brings every read model to the end of a short log, but for those that stand still. */
export async function projectOnce(
  log: PostgresLog,
  workerUrl: string,
  standing: readonly string[],
): Promise<void> {
  const readModels = await openReadModels({ url: workerUrl, applicationName: 'test-projections' });
  try {
    const events = await log.readAll({ afterPosition: 0, limit: 5_000 });
    for (const { projection: name, generation } of await readGenerations(readModels)) {
      if (standing.includes(name)) continue;
      const projection = PROJECTIONS.find((one) => one.name === name);
      await readModels.transaction(async (manager) => {
        await projection?.project(events, manager, generation);
        await manager.query(SHOWN, [`${name}@${generation}`, events.at(-1)?.position ?? 0]);
      });
    }
  } finally {
    await readModels.destroy();
  }
}
