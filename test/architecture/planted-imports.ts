/** A file that breaks exactly one import rule. */
export interface PlantedImport {
  readonly rule: string;
  readonly path: string;
  readonly imports: string;
}

/** What the planted files import: the entrances of the libraries and a few files behind them. */
export const SKELETON: readonly string[] = [
  'libs/domain/src/index.ts',
  'libs/event-store/src/index.ts',
  'libs/event-store/src/in-memory/index.ts',
  'libs/event-store/src/log/append.ts',
  'libs/event-store/src/log/log.contract.ts',
  'libs/hypervisor/src/index.ts',
  'libs/hypervisor/src/simulated/index.ts',
  'libs/hypervisor/src/drivers/docker/client.ts',
  'libs/checker/src/index.ts',
  'libs/simulation/src/index.ts',
  'libs/calendar/src/index.ts',
  'libs/addresses/src/index.ts',
  'libs/settings/src/index.ts',
  'apps/api/src/main.ts',
  'apps/worker/src/main.ts',
  'apps/worker/src/real-time.ts',
  'test/support.ts',
  'bench/support.ts',
];

const planted = (rule: string, path: string, imports: string): PlantedImport => ({
  rule,
  path,
  imports,
});

export const PLANTED_IMPORTS: readonly PlantedImport[] = [
  planted('domain-imports-only-itself', 'libs/domain/src/reads-disk.ts', 'node:fs'),
  planted('domain-imports-only-itself', 'libs/domain/src/validates.ts', 'zod'),
  planted('domain-imports-only-itself', 'libs/domain/src/asks-log.ts', '@bulkhead/event-store'),
  planted('checker-imports-only-the-domain', 'libs/checker/src/hashes.ts', 'node:crypto'),
  planted('checker-imports-only-the-domain', 'libs/checker/src/asks.ts', '@bulkhead/hypervisor'),
  planted(
    'event-store-imports-the-domain-and-postgres',
    'libs/event-store/src/drives.ts',
    '@bulkhead/hypervisor',
  ),
  planted('event-store-imports-the-domain-and-postgres', 'libs/event-store/src/q.ts', 'bullmq'),
  planted(
    'in-memory-log-and-proof-are-pure',
    'libs/event-store/src/in-memory/cheats.ts',
    '../uses-postgres.js',
  ),
  planted('in-memory-log-and-proof-are-pure', 'libs/event-store/src/proof/cheats.ts', 'pg'),
  planted(
    'hypervisor-imports-only-the-domain',
    'libs/hypervisor/src/records.ts',
    '@bulkhead/event-store',
  ),
  planted('engine-clients-stay-in-their-driver', 'libs/hypervisor/src/engine.ts', 'fastify'),
  planted(
    'drivers-do-not-know-each-other',
    'libs/hypervisor/src/drivers/simulated-host/borrows.ts',
    '../docker/client.js',
  ),
  planted('the-simulated-host-model-is-pure', 'libs/hypervisor/src/simulated/writes.ts', 'node:fs'),
  planted('simulations-run-pure-code', 'libs/simulation/src/asks-log.ts', '@bulkhead/event-store'),
  planted('simulations-run-pure-code', 'libs/simulation/src/judges.ts', '@bulkhead/checker'),
  planted('simulations-run-pure-code', 'libs/simulation/src/draws.ts', 'cli-table3'),
  planted('simulations-do-no-input-or-output', 'libs/simulation/src/writes.ts', 'node:fs'),
  planted('the-calendar-knows-only-times', 'libs/calendar/src/decides.ts', '@bulkhead/domain'),
  planted('addresses-are-judged-alone', 'libs/addresses/src/decides.ts', '@bulkhead/domain'),
  planted('settings-know-no-process', 'libs/settings/src/decides.ts', '@bulkhead/domain'),
  planted('only-the-command-line-simulates', 'apps/worker/src/guesses.ts', '@bulkhead/simulation'),
  planted('nest-stays-in-module-files', 'libs/event-store/src/injects.ts', '@nestjs/common'),
  planted(
    'libraries-do-not-import-apps',
    'libs/planted/src/index.ts',
    '../../../apps/api/src/main.js',
  ),
  planted(
    'libraries-are-entered-by-their-index',
    'apps/worker/src/breaks-in.ts',
    '../../../libs/event-store/src/log/append.js',
  ),
  planted('api-only-appends', 'apps/api/src/drives.ts', '@bulkhead/hypervisor'),
  planted('api-only-appends', 'apps/api/src/enqueues.ts', 'bullmq'),
  planted('worker-has-no-tenant-door', 'apps/worker/src/logs-in.ts', 'passport'),
  planted('worker-has-no-tenant-door', 'apps/worker/src/judges.ts', '@bulkhead/checker'),
  planted(
    'simulated-host-knows-no-log',
    'apps/simulated-host/src/reads-log.ts',
    '@bulkhead/event-store',
  ),
  planted('simulated-host-knows-no-log', 'apps/simulated-host/src/enqueues.ts', 'bullmq'),
  planted(
    'cli-speaks-http-and-runs-pure-code',
    'apps/cli/src/reads-log.ts',
    '@bulkhead/event-store',
  ),
  planted('cli-speaks-http-and-runs-pure-code', 'apps/cli/src/connects.ts', 'pg'),
  planted(
    'launcher-only-starts-what-others-are',
    'apps/launcher/src/drives.ts',
    '@bulkhead/hypervisor',
  ),
  planted(
    'apps-do-not-import-each-other',
    'apps/api/src/calls-worker.ts',
    '../../worker/src/main.js',
  ),
  // Reported once, at the end of the cycle that is met first; the other end is among the allowed.
  planted(
    'real-sources-are-imported-where-they-are-chosen',
    'apps/worker/src/jobs/helps-itself.ts',
    '../real-time.js',
  ),
  planted('what-is-hashed-has-one-spelling', 'apps/worker/src/spells.ts', 'canonicalize'),
  planted('no-circular', 'apps/api/src/chicken.ts', './egg.js'),
  planted('nothing-imports-tests', 'apps/api/src/pretends.ts', '../../../test/support.js'),
  planted('nothing-imports-tests', 'libs/planted/src/pretends.ts', '../../../bench/support.js'),
  planted(
    'only-tests-import-contract-suites',
    'libs/event-store/src/log/loads-suite.ts',
    './log.contract.js',
  ),
  planted('no-development-packages-in-what-ships', 'apps/api/src/checks.ts', 'fast-check'),
  planted('no-undeclared-packages', 'apps/api/src/borrows.ts', 'ajv'),
  planted('no-unresolvable-imports', 'apps/api/src/guesses.ts', './nowhere.js'),
];

/** The same imports where they are right, so that no rule forbids more than it should. */
export const ALLOWED_IMPORTS: readonly Omit<PlantedImport, 'rule'>[] = [
  { path: 'libs/event-store/src/uses-postgres.ts', imports: 'pg' },
  { path: 'libs/event-store/src/reads-disk.ts', imports: 'node:fs' },
  { path: 'libs/event-store/src/proof/spells.ts', imports: 'canonicalize' },
  { path: 'libs/event-store/src/event-store.module.ts', imports: '@nestjs/common' },
  { path: 'libs/event-store/src/log.contract.spec.ts', imports: './log/log.contract.js' },
  { path: 'libs/domain/src/random.spec.ts', imports: 'fast-check' },
  { path: 'libs/hypervisor/src/drivers/simulated-host/client.ts', imports: 'zod' },
  { path: 'libs/hypervisor/src/simulated/decides.ts', imports: '@bulkhead/domain' },
  { path: 'apps/api/src/appends.ts', imports: '@bulkhead/event-store' },
  { path: 'apps/worker/src/jobs/jobs.module.ts', imports: '../real-time.js' },
  { path: 'apps/worker/src/drives.ts', imports: '@bulkhead/hypervisor' },
  { path: 'apps/worker/src/enqueues.ts', imports: 'bullmq' },
  { path: 'apps/simulated-host/src/models.ts', imports: '@bulkhead/hypervisor/simulated' },
  { path: 'apps/cli/src/checks.ts', imports: '@bulkhead/checker' },
  { path: 'apps/cli/src/plans.ts', imports: '@bulkhead/simulation' },
  { path: 'apps/cli/src/simulates.ts', imports: '@bulkhead/event-store/in-memory' },
  { path: 'apps/api/src/egg.ts', imports: './chicken.js' },
  { path: 'test/everything.ts', imports: '../apps/api/src/main.js' },
];
