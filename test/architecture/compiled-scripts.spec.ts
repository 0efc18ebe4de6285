import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What `npm run build` compiles, before a script adds to it. */
const BUILT = ['apps', 'libs'];
/** Found by their names while it runs. */
const BENCHES = readdirSync('bench').map((name) => join('bench', name));
const RUN_TIME_IMPORT = /^(?:import|export)\s(?!type\s)[^;]*?from '(\.[^']+)\.js'/gm;
const COMPILES_AND_RUNS = /\bswc ((?:[\w./-]+ )+?)--.* node dist\/(\S+)\.js/;

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
};
const compiling = Object.entries(scripts).flatMap(([script, command]) => {
  const [, paths, main] = COMPILES_AND_RUNS.exec(command) ?? [];
  return paths === undefined
    ? []
    : [{ script, paths: paths.trim().split(' '), main: `${main}.ts` }];
});

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(RUN_TIME_IMPORT)].map(([, path = '']) =>
    join(dirname(file), `${path}.ts`),
  );

/** What a program is made of and nobody has compiled when it runs. */
function missing(main: string, paths: readonly string[]): readonly string[] {
  const isCompiled = (file: string) =>
    [...BUILT, ...paths].some((path) => file === path || file.startsWith(`${path}/`));
  const sources = new Set([
    main,
    ...BENCHES.filter((file) => main.startsWith('bench/') && file.endsWith('.ts')),
  ]);
  // A set that grows is gone through to its new end.
  for (const source of sources) for (const imported of importsOf(source)) sources.add(imported);
  return [...sources].filter((source) => !isCompiled(source));
}

describe('a script that compiles more than the build', () => {
  it('is one of three', () => {
    expect(compiling.map(({ script }) => script).sort()).toEqual([
      'bench',
      'simulate:seed',
      'test:chaos-long',
    ]);
  });

  it.each(compiling)('compiles all that it runs: $script', ({ main, paths }) => {
    expect(missing(main, paths)).toEqual([]);
    for (const left of paths) {
      const others = paths.filter((path) => path !== left);
      expect(missing(main, others), `without ${left}`).not.toEqual([]);
    }
  });
});
