import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOWED_IMPORTS, PLANTED_IMPORTS, SKELETON } from './planted-imports.js';
import { type PlantedTree, plantTree } from './planted-tree.js';
import { ROOT, sourceFiles, WHOLE_REPOSITORY } from './source-tree.js';
import { cruise, type Violation } from './tools.js';

const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  readonly forbidden: readonly { readonly name: string }[];
};
const FOLDERS = ['apps', 'libs', 'test', 'bench'];

describe('the import rules', () => {
  it('hold in every source file of the repository', WHOLE_REPOSITORY, async () => {
    const { violations, files } = await cruise(FOLDERS, ROOT);

    expect(violations).toEqual([]);
    const unseen = sourceFiles('apps', 'libs')
      .map((file) => file.path)
      .filter((path) => !files.includes(path));
    expect(unseen).toEqual([]);
  });
});

describe('a planted import', () => {
  let tree: PlantedTree;
  let violations: readonly Violation[];

  beforeAll(async () => {
    const importing = [...PLANTED_IMPORTS, ...ALLOWED_IMPORTS].map(({ path, imports }) => [
      path,
      `export * from '${imports}';\n`,
    ]);
    const skeleton = SKELETON.map((path) => [path, 'export const planted = true;\n']);
    tree = plantTree(Object.fromEntries([...skeleton, ...importing]));
    ({ violations } = await cruise(FOLDERS, tree.folder));
  }, WHOLE_REPOSITORY.timeout);
  afterAll(() => tree.remove());

  it.each(PLANTED_IMPORTS)('of $imports in $path breaks $rule and no other rule', (planted) => {
    const broken = violations.filter((violation) => violation.from === planted.path);
    expect(new Set(broken.map((violation) => violation.rule))).toEqual(new Set([planted.rule]));
  });

  it.each(ALLOWED_IMPORTS)('of $imports in $path breaks no rule', ({ path }) => {
    expect(violations.filter((violation) => violation.from === path)).toEqual([]);
  });

  it('exists for every rule', () => {
    const planted = new Set(PLANTED_IMPORTS.map(({ rule }) => rule));
    expect(planted).toEqual(new Set(forbidden.map(({ name }) => name)));
  });
});
