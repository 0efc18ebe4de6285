import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeNumber } from '../seeds.js';
import type { Sought } from '../seek.js';
import { bugs } from './bugs.js';
import { PlantedSystem } from './planted-system.js';

/** As many worlds as a bug may need until it is found; PLANTED_SEEDS asks for less patience. */
const seedsMax = wholeNumber(process.env, 'PLANTED_SEEDS', 2_000, 100_000);
const SOUND_SEEDS = 20;
const MAKE_LIMIT_MS = 300_000;
const SEEK_LIMIT_MS = 2_000_000;

describe('playing worlds finds a system that', () => {
  const found = new Map<string, Sought>();
  let system: PlantedSystem;

  beforeAll(async () => {
    system = await PlantedSystem.make();
    expect(await system.play(SOUND_SEEDS)).toMatchObject({ failure: null, seeds: SOUND_SEEDS });
  }, MAKE_LIMIT_MS);

  afterAll(() => {
    system.remove();
    const rows = [...found].map(
      ([bug, { seeds, failure }]) => `| ${bug} | ${seeds} | ${failure?.split(':')[0]} |`,
    );
    const head = ['| a system that … | seeds | found as |', '|---|---|---|'];
    console.log([...head, ...rows].join('\n'));
  });

  it.each(bugs.map((mutation) => [mutation.bug, mutation] as const))(
    '%s',
    { timeout: SEEK_LIMIT_MS },
    async (bug, mutation) => {
      const sought = await system.seek(mutation, seedsMax);
      found.set(bug, sought);
      console.log(`${bug}: ${JSON.stringify(sought)}`);
      expect(sought.failure, `nothing was found in ${sought.seeds} worlds`).not.toBeNull();
    },
  );
});
