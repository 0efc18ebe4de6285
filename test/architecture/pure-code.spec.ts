import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlantedTree, plantTree } from './planted-tree.js';
import { ROOT } from './source-tree.js';
import { runTool, type ToolRun } from './tools.js';

const PURE_LINT = 'lint/style/noRestrictedGlobals';
const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => `export const n${n} = ${n};`).join('\n');
const functionOf = (count: number) =>
  `export function planted(): void {\n${lines(count).replaceAll('export const', 'let')}\n}\n`;

/** A file each, and the rule that must object to it. */
const LINTED: readonly (readonly [path: string, rule: string, text: string])[] = [
  ['libs/domain/src/reads-clock.ts', PURE_LINT, 'export const at = new Date();\n'],
  ['libs/domain/src/waits.ts', PURE_LINT, 'export const wait = setTimeout;\n'],
  ['libs/domain/src/reads-process.ts', PURE_LINT, 'export const pid = process.pid;\n'],
  ['libs/domain/src/escapes.ts', PURE_LINT, 'export const at = new globalThis.Date();\n'],
  [
    'libs/domain/src/draws.ts',
    'lint/nursery/noJsRestrictedProperties',
    'export const x = Math.random();\n',
  ],
  [
    'libs/domain/src/draws-quietly.ts',
    'lint/nursery/noJsRestrictedProperties',
    'export const { random } = Math;\n',
  ],
  ['libs/checker/src/reads-clock.ts', PURE_LINT, 'export const at = Date.now();\n'],
  ['apps/api/src/too-long.ts', 'lint/style/noExcessiveLinesPerFile', lines(201)],
  ['apps/api/src/too-long.spec.ts', 'lint/style/noExcessiveLinesPerFile', lines(401)],
  ['apps/api/src/long-function.ts', 'lint/complexity/noExcessiveLinesPerFunction', functionOf(51)],
  ['apps/api/src/any.ts', 'lint/suspicious/noExplicitAny', 'export let x: any;\n'],
  ['apps/api/src/NotKebab.ts', 'lint/style/useFilenamingConvention', 'export const x = 1;\n'],
  ['apps/api/src/import.ts', 'lint/style/useNodejsImportProtocol', "export * from 'fs';\n"],
  [
    'apps/api/src/forgets-to-await.ts',
    'lint/nursery/noFloatingPromises',
    'async function act(): Promise<void> {}\nexport function planted(): void {\n  act();\n}\n',
  ],
];

const FITTING: readonly (readonly [path: string, text: string])[] = [
  ['apps/api/src/long-enough.ts', `${lines(200)}\n`],
  ['apps/api/src/reads-clock.ts', 'export const at = (ms: number) => new Date(ms);\n'],
];

/** Files that only the domain's own compiler settings refuse. */
const COMPILED: readonly (readonly [path: string, text: string])[] = [
  ['libs/domain/src/reads-disk.ts', "export { readFileSync } from 'node:fs';\n"],
  ['libs/domain/src/waits.ts', 'export const wait = setTimeout;\n'],
  ['libs/domain/src/reads-process.ts', 'export const pid = process.pid;\n'],
  ['libs/domain/src/asks-log.ts', "export * from '@bulkhead/event-store';\n"],
];

describe('pure and small code', () => {
  let tree: PlantedTree;
  let lint: ToolRun;
  let compilation: ToolRun;

  beforeAll(async () => {
    const planted = [...LINTED.map(([path, , text]) => [path, text]), ...FITTING, ...COMPILED];
    tree = plantTree(Object.fromEntries(planted));
    lint = await runTool(
      'biome',
      ['lint', '--reporter=json', '--max-diagnostics=none', '.'],
      tree.folder,
    );
    compilation = await runTool('tsc', ['-p', 'libs/domain', '--pretty', 'false'], tree.folder);
  }, 150_000);
  afterAll(() => tree.remove());

  const rulesBrokenIn = (path: string): readonly string[] => {
    const report = JSON.parse(lint.stdout) as {
      diagnostics: { category: string; severity: string; location: { path: unknown } }[];
    };
    return report.diagnostics
      .filter(({ location }) => JSON.stringify(location.path).includes(path))
      .map(({ category }) => category);
  };

  it('is what the linter insists on', () => {
    expect(lint.exitCode).not.toBe(0);
  });

  it.each(LINTED)('%s breaks %s', (path, rule) => {
    expect(rulesBrokenIn(path)).toContain(rule);
  });

  it.each(FITTING)('%s breaks nothing', (path) => {
    expect(rulesBrokenIn(path)).toEqual([]);
  });

  it.each(COMPILED)('%s does not compile with the settings of the domain', (path) => {
    expect(compilation.exitCode).not.toBe(0);
    expect(compilation.stdout).toContain(`${path}(`);
  });

  it('leaves the real domain without a compiler error', async () => {
    expect(await runTool('tsc', ['-p', 'libs/domain', '--pretty', 'false'], ROOT)).toEqual({
      exitCode: 0,
      stdout: '',
    });
  });
});
