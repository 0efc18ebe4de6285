import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/longest-first.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The same compiler and decorator settings as the build, so that tests run what ships. */
const compiler = swc.vite({
  swcrc: false,
  jsc: {
    target: 'es2023',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
});

const alias = [
  { find: '@bulkhead/domain', replacement: here('libs/domain/src/index.ts') },
  {
    find: '@bulkhead/event-store/in-memory',
    replacement: here('libs/event-store/src/in-memory/index.ts'),
  },
  { find: '@bulkhead/event-store/proof', replacement: here('libs/event-store/src/proof/index.ts') },
  { find: '@bulkhead/event-store', replacement: here('libs/event-store/src/index.ts') },
  {
    find: '@bulkhead/hypervisor/simulated',
    replacement: here('libs/hypervisor/src/simulated/index.ts'),
  },
  { find: '@bulkhead/hypervisor', replacement: here('libs/hypervisor/src/index.ts') },
  { find: '@bulkhead/simulation', replacement: here('libs/simulation/src/index.ts') },
  { find: '@bulkhead/calendar', replacement: here('libs/calendar/src/index.ts') },
  { find: '@bulkhead/addresses', replacement: here('libs/addresses/src/index.ts') },
  { find: '@bulkhead/settings', replacement: here('libs/settings/src/index.ts') },
  { find: '@bulkhead/checker', replacement: here('libs/checker/src/index.ts') },
];

/** What every spec needs; `include` says which files a project has. */
function project(name: string, include: readonly string[], exclude: readonly string[], of: object) {
  return {
    plugins: [compiler],
    resolve: { alias },
    test: {
      name,
      include: include.map((suffix) => `{apps,libs,test,bench}/**/*.${suffix}.ts`),
      exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
      setupFiles: [here('test/reflect-metadata.setup.ts')],
      // Loading Nest takes longer than most files' tests; no module here keeps state that a test changes.
      isolate: false,
      maxWorkers,
      // Waiting ends when its condition holds, so that a long bound costs nothing where all is well.
      expect: { poll: { timeout: 20_000 } },
      ...of,
    },
  };
}

/**
 * Half as many files at once as cores and more, because those that wait for Postgres, leases and
 * processes leave a core idle about a third of the time.
 */
const maxWorkers = Math.ceil(availableParallelism() * 1.5);
const slow = { testTimeout: 60_000, hookTimeout: 60_000 };
const postgres = { ...slow, globalSetup: [here('test/postgres/global-setup.ts')] };
const suffixes = ['contract', 'int', 'sim', 'e2e', 'chaos', 'real', 'mutation'];
const suffixed = suffixes.map((level) => `**/*.${level}.spec.ts`);

/** End-to-end specs that start processes; those of `test/e2e/api` have the api in their own process. */
const STARTS_PROCESSES = ['apps/**', 'test/e2e/*.ts'];

/** One project a level; a test's suffix chooses it, and `npm run test:<level>` runs it. */
const levels = [
  project('unit', ['spec'], suffixed, slow),
  project('contract', ['contract.spec'], [], postgres),
  project('int', ['int.spec'], [], postgres),
  project('sim', ['sim.spec'], [], slow),
  project('api', ['e2e.spec'], STARTS_PROCESSES, postgres),
  project('e2e', ['e2e.spec'], ['test/e2e/api/**'], postgres),
  project('chaos', ['chaos.spec'], [], postgres),
  project('real', ['real.spec'], [], postgres),
  project('mutations', ['mutation.spec'], [], slow),
];

/**
 * All levels as one, so that workers load what most files need once, not once a level. Chaos stays out:
 * most of its time is waiting for what was killed, and it has a command of its own. So have the whole job
 * log, and planted bugs, for each of which other tests run as a whole.
 */
const apart = ['chaos', 'real', 'mutation'].map((level) => `**/*.${level}.spec.ts`);
const together = [project('all', ['spec'], apart, postgres)];

const isOfSomeLevels = process.argv.some((word) => word.startsWith('--project'));

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ['default', here('test/summary-reporter.ts')],
    projects: isOfSomeLevels ? levels : together,
  },
});
