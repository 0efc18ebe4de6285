import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mutations } from './mutations.js';
import { type Kills, PlantedTree } from './planted-tree.js';

/** One run of the suites, with time to spare for a busy machine. */
const RUN_LIMIT_MS = 300_000;

describe('the unchanged suites catch a system that', () => {
  const caught = new Map<string, Kills>();
  let tree: PlantedTree;

  beforeAll(async () => {
    tree = new PlantedTree();
    expect(await tree.runSuites()).toEqual({ model: 0, specs: 0, ended: true });
  }, RUN_LIMIT_MS);

  afterAll(() => {
    tree.remove();
    const told = (failed: number, ended: boolean) => (ended ? failed : 'did not end');
    const rows = [...caught].map(
      ([bug, { model, specs, ended }]) =>
        `| ${bug} | ${told(model, ended)} | ${told(specs, ended)} |`,
    );
    const head = ['| a system that … | model: failed | specs: failed |', '|---|---|---|'];
    console.log([...head, ...rows].join('\n'));
  });

  it.each(mutations.map((mutation) => [mutation.bug, mutation] as const))(
    '%s',
    { timeout: RUN_LIMIT_MS },
    async (bug, mutation) => {
      const kills = await tree.killsOf(mutation);
      caught.set(bug, kills);
      console.log(`${bug}: ${JSON.stringify(kills)}`);
      expect(kills.model + kills.specs > 0 || !kills.ended, 'nobody noticed').toBe(true);
    },
  );
});
