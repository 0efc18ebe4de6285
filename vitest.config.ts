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

const slow = { testTimeout: 60_000, hookTimeout: 60_000 };
const postgres = { ...slow, globalSetup: [here('test/postgres/global-setup.ts')] };
const suffixed = ['contract', 'int', 'sim', 'e2e', 'chaos', 'real'].map((s) => `**/*.${s}.spec.ts`);

/** Level after level: a test that kills processes or measures time does not share the machine with others. */
const inTurn = (groupOrder: number, fileParallelism = true) => ({
  fileParallelism,
  sequence: { groupOrder },
});

export default defineConfig({
  test: {
    reporters: ['default', here('test/summary-reporter.ts')],
    projects: [
      level('unit', 'spec', suffixed, { testTimeout: 20_000, ...inTurn(1) }),
      level('contract', 'contract.spec', [], { ...postgres, ...inTurn(2) }),
      level('int', 'int.spec', [], { ...postgres, ...inTurn(3) }),
      level('sim', 'sim.spec', [], { ...slow, ...inTurn(4) }),
      level('e2e', 'e2e.spec', [], { ...postgres, ...inTurn(5, false) }),
      level('chaos', 'chaos.spec', [], { ...postgres, ...inTurn(6, false) }),
      level('real', 'real.spec', [], { ...postgres, ...inTurn(7, false) }),
    ],
  },
});
