/**
 * Who may import whom: the table in CONTRIBUTING.md as rules. Each has a planted violation in
 * test/architecture/planted-imports.ts, so that none can silently stop biting.
 */
const {
  TESTS,
  NEST,
  QUEUE,
  PASSPORT,
  POSTGRES,
  rule,
  product,
} = require('./.dependency-cruiser.parts.cjs');
const { libraries } = require('./.dependency-cruiser.libraries.cjs');

const apps = [
  rule(
    'api-only-appends',
    'The log is the outbox: the api neither drives hosts nor enqueues jobs.',
    product('apps/api'),
    { path: ['^libs/(hypervisor|checker)/', QUEUE] },
  ),
  rule(
    'worker-has-no-tenant-door',
    'Tenants speak to the api; the worker follows the log.',
    product('apps/worker'),
    { path: ['^libs/checker/', PASSPORT, 'node_modules/@nestjs/jwt/'] },
  ),
  rule(
    'simulated-host-knows-no-log',
    'A host knows only what its driver tells it, as an engine would.',
    product('apps/simulated-host'),
    { path: ['^libs/(event-store|checker)/', POSTGRES, QUEUE, PASSPORT, NEST] },
  ),
  rule(
    'cli-speaks-http-and-runs-pure-code',
    'The command line works against any installation; offline it runs only pure code.',
    product('apps/cli'),
    {
      path: ['^libs/(event-store|hypervisor)/', POSTGRES, QUEUE, PASSPORT, NEST],
      pathNot: ['^libs/event-store/src/(in-memory|proof)/', '^libs/hypervisor/src/simulated/'],
    },
  ),
  rule(
    'launcher-only-starts-what-others-are',
    'The launcher prepares the database and starts processes; it does no work of theirs.',
    product('apps/launcher'),
    { path: ['^libs/(hypervisor|checker)/', QUEUE, PASSPORT, NEST] },
  ),
  rule(
    'apps-do-not-import-each-other',
    'Apps meet in the log or over HTTP.',
    { path: '^apps/([^/]+)/', pathNot: TESTS },
    { path: '^apps/', pathNot: '^apps/$1/' },
  ),
];

/** The files that choose real clocks, timers, ids and randomness; `real-*.ts` are those sources. */
const CHOOSERS = '(^|/)(main|[^/]+[.](main|module)|settings|real-[^/]+)[.]ts$';

const everywhere = [
  rule(
    'real-sources-are-imported-where-they-are-chosen',
    'Everything else is given its clock, timers, ids and randomness, and so runs from a seed too.',
    product('(apps/(api|worker|simulated-host)|libs)', [CHOOSERS]),
    { path: '/real-[^/]+[.]ts$' },
  ),
  rule(
    'what-is-hashed-has-one-spelling',
    'Canonical JSON is made by canonicalJson; only who checks hashes has an implementation of others for it.',
    product('(apps|libs)', ['^libs/event-store/src/proof/']),
    { path: 'node_modules/canonicalize/' },
  ),
  rule('no-circular', 'A cycle is one module that pretends to be several.', {}, { circular: true }),
  rule(
    'nothing-imports-tests',
    'What ships does not depend on test/ or bench/.',
    product('(apps|libs)'),
    { path: '^(test|bench)/' },
  ),
  rule(
    'only-tests-import-contract-suites',
    'A contract suite is a test; what ships never loads it.',
    { pathNot: [TESTS, '^(test|bench)/'] },
    { path: TESTS },
  ),
  rule(
    'no-development-packages-in-what-ships',
    'An installation without development packages must run.',
    product('(apps|libs)'),
    { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
  ),
  rule(
    'no-undeclared-packages',
    'Every package that is imported stands in package.json.',
    { path: '^(apps|libs|test|bench)/' },
    { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  ),
  rule(
    'no-unresolvable-imports',
    'An import that cannot be resolved escapes every other rule.',
    {},
    { couldNotResolve: true },
  ),
];

module.exports = {
  forbidden: [...libraries, ...apps, ...everywhere],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      // Files do not change while they are read, which takes longer than the four seconds of the default.
      cachedInputFileSystem: { cacheDuration: 120_000 },
    },
  },
};
