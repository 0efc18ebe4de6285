import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

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
  { find: '@bulkhead/checker', replacement: here('libs/checker/src/index.ts') },
];

/** One project a level; a test's suffix chooses it, and `npm run test:<level>` runs it. */
function level(name: string, suffix: string, exclude: string[] = [], extra: object = {}) {
  return {
    plugins: [compiler],
    resolve: { alias },
    test: {
      name,
      include: [`{apps,libs,test,bench}/**/*.${suffix}.ts`],
      exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
      setupFiles: [here('test/reflect-metadata.setup.ts')],
      ...extra,
    },
  };
}

/** Loading Nest takes longer than most files' tests; no module here keeps state that a test changes. */
const loadedOnce = { isolate: false };
const slow = { testTimeout: 60_000, hookTimeout: 60_000 };
const postgres = { ...slow, globalSetup: [here('test/postgres/global-setup.ts')] };
const suffixed = ['contract', 'int', 'sim', 'e2e', 'chaos', 'real'].map((s) => `**/*.${s}.spec.ts`);

/** End-to-end specs that start processes; those of `test/e2e/api` have the api in their own process. */
const STARTS_PROCESSES = ['apps/**', 'test/e2e/*.ts'];

/**
 * One group of levels after the other. Specs that wait for Postgres and leases leave a core idle about a
 * third of the time, so there are half as many more of them at once as cores. Specs that start whole
 * installations go one by one: two that look for free ports at the same time may find the same.
 */
const inGroup = (groupOrder: number) => ({ sequence: { groupOrder } });
const waiting = { ...loadedOnce, ...postgres, maxWorkers: Math.ceil(availableParallelism() * 1.5) };
const oneByOne = { ...loadedOnce, ...postgres, fileParallelism: false };

export default defineConfig({
  test: {
    // One core is left idle by default, which on a machine of two halves the speed.
    maxWorkers: '100%',
    reporters: ['default', here('test/summary-reporter.ts')],
    projects: [
      level('unit', 'spec', suffixed, { ...loadedOnce, testTimeout: 20_000, ...inGroup(1) }),
      level('contract', 'contract.spec', [], { ...waiting, ...inGroup(2) }),
      level('int', 'int.spec', [], { ...waiting, ...inGroup(2) }),
      level('sim', 'sim.spec', [], { ...waiting, ...inGroup(2) }),
      level('api', 'e2e.spec', STARTS_PROCESSES, { ...waiting, ...inGroup(2) }),
      level('e2e', 'e2e.spec', ['test/e2e/api/**'], { ...oneByOne, ...inGroup(3) }),
      level('chaos', 'chaos.spec', [], { ...loadedOnce, ...postgres, ...inGroup(4) }),
      level('real', 'real.spec', [], { ...oneByOne, ...inGroup(5) }),
    ],
  },
});
