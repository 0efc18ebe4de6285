import { startContestants } from './append/contestants.js';
import { figuresOf } from './append/figures.js';
import { chooseFloorConnections } from './append/floor-connections.js';
import { measure, warmUp } from './append/measure.js';
import { startBenchServer } from './append/server.js';
import { readSettings } from './append/settings.js';

/**
 * Appends, as production does them, against a bare prepared INSERT of the same rows and against other
 * event stores: one Postgres, default durability, every contestant a process of its own, all of them
 * taking turns in every round.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const settings = readSettings(args);
  const server = await startBenchServer();
  try {
    const contestants = await startContestants(server);
    try {
      for (const note of contestants.notes) console.error(note);
      const floorConnections = await chooseFloorConnections(contestants.rawInsert);
      await warmUp(contestants);
      const measured = await measure(contestants, floorConnections, settings);
      return {
        ...settings,
        ...figuresOf(measured),
        floorConnections: Object.fromEntries(floorConnections),
        notes: contestants.notes,
      };
    } finally {
      await contestants.close();
    }
  } finally {
    await server.stop();
  }
}
