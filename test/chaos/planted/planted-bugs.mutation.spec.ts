import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlantedBuild } from '../../mutations/planted-build.js';
import { plantedBugs } from './bugs.js';

/** What a bug needs is a moment that chance brings about; so many schedules are enough for each. */
const SCHEDULES_MAX = 5;
const MAKE_LIMIT_MS = 300_000;
const LOOK_LIMIT_MS = 900_000;

describe('chaos finds an installation that', () => {
  const found: string[] = [];
  let build: PlantedBuild;

  beforeAll(async () => {
    build = await PlantedBuild.make(['apps', 'libs']);
  }, MAKE_LIMIT_MS);

  afterAll(() => {
    build.remove();
    console.log(
      ['| an installation that … | schedules | found as |', '|---|---|---|', ...found].join('\n'),
    );
  });

  it.each(plantedBugs.map((planted) => [planted.mutation.bug, planted] as const))(
    '%s, and nothing of the kind in one that does not',
    { timeout: LOOK_LIMIT_MS },
    async (bug, { mutation, look }) => {
      expect(await look(build.programs, 1)).toEqual([]);
      let wrong: readonly string[] = [];
      let seed = 0;
      await build.with(mutation, async () => {
        while (wrong.length === 0 && seed < SCHEDULES_MAX) {
          seed += 1;
          wrong = await look(build.programs, seed);
        }
      });
      found.push(`| ${bug} | ${seed} | ${wrong[0]} |`);
      expect(wrong, `nothing was found in ${seed} schedules`).not.toEqual([]);
    },
  );
});
