/**
 * Who may import whom: the table in CONTRIBUTING.md as rules. Each has a planted violation in
 * test/architecture/planted-imports.ts, so that none can silently stop biting.
 */
const TESTS = String.raw`\.(spec|contract)\.ts$`;
const NEST = 'node_modules/@nestjs/';
const QUEUE = 'node_modules/(bullmq|@nestjs/bullmq|ioredis)/';
const PASSPORT = 'node_modules/(@types/)?(passport|passport-jwt|@nestjs/passport)/';
const POSTGRES = 'node_modules/(@types/)?(pg|pg-[a-z-]+|typeorm|@nestjs/typeorm)/';

/** The only files of the libraries that another folder may import. */
const ENTRANCES =
  '^libs/([^/]+/src/index|event-store/src/(in-memory|proof)/index|hypervisor/src/simulated/index)[.]ts$';

const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

/** What ships under `folder`: its tests may import more. */
const product = (folder, exceptions = []) => ({
  path: `^${folder}/`,
  pathNot: [TESTS, ...exceptions],
});

const libraries = [
  rule(
    'domain-imports-only-itself',
    'Decisions are pure: no framework, no clock, no input or output, not even node:*.',
    product('libs/domain'),
    { pathNot: '^libs/domain/src/' },
  ),
  rule(
    'checker-imports-only-the-domain',
    'The proof must not lean on the code that it judges.',
    product('libs/checker'),
    { pathNot: '^libs/(checker|domain)/src/' },
  ),
  rule(
    'event-store-imports-the-domain-and-postgres',
    'Postgres and nothing else; neither hosts nor queues.',
    product('libs/event-store'),
    {
      pathNot: [
        '^libs/(event-store|domain)/src/',
        POSTGRES,
        NEST,
        'node_modules/(canonicalize|reflect-metadata)/',
      ],
      dependencyTypesNot: ['core'],
    },
  ),
  rule(
    'in-memory-log-and-proof-are-pure',
    'The command line and simulations run them without Postgres: nothing they import may reach it.',
    product('libs/event-store/src/(in-memory|proof)'),
    { path: POSTGRES, reachable: true },
  ),
  rule(
    'hypervisor-imports-only-the-domain',
    'A driver takes orders from the worker; it knows neither the log nor any app.',
    product('libs/hypervisor'),
    { path: '^(apps|libs)/', pathNot: '^libs/(hypervisor|domain)/src/' },
  ),
  rule(
    'engine-clients-stay-in-their-driver',
    'Only a driver folder may know the packages of its engine.',
    product('libs/hypervisor', ['^libs/hypervisor/src/drivers/']),
    { path: 'node_modules/', pathNot: NEST },
  ),
  rule(
    'drivers-do-not-know-each-other',
    'Drivers share the interface and nothing else.',
    { path: '^libs/hypervisor/src/drivers/([^/]+)/' },
    { path: '^libs/hypervisor/src/drivers/', pathNot: '^libs/hypervisor/src/drivers/$1/' },
  ),
  rule(
    'the-simulated-host-model-is-pure',
    'Simulations run the model from a seed; its clock, disk and chance are parameters.',
    product('libs/hypervisor/src/simulated'),
    { dependencyTypes: ['core'] },
  ),
  rule(
    'simulations-run-pure-code',
    'A fleet in virtual time is the domain, the log in memory and the model of a host, and nothing that waits.',
    product('libs/simulation'),
    {
      path: '^(apps|libs)/|node_modules/',
      pathNot:
        '^libs/((simulation|domain)/src/|event-store/src/in-memory/|hypervisor/src/simulated/)',
    },
  ),
  rule(
    'simulations-do-no-input-or-output',
    'Everything that a simulation gives follows from its scenario.',
    product('libs/simulation'),
    { dependencyTypes: ['core'] },
  ),
  rule(
    'only-the-command-line-simulates',
    'What serves tenants decides by what is, not by what a simulation says.',
    product('(apps/(api|worker|simulated-host|launcher)|libs)', ['^libs/simulation/']),
    { path: '^libs/simulation/' },
  ),
  rule(
    'nest-stays-in-module-files',
    'Libraries are plain TypeScript; only their two module files wire them into Nest.',
    product('libs', [
      '^libs/(event-store/src/event-store|hypervisor/src/hypervisor)[.]module[.]ts$',
    ]),
    { path: NEST },
  ),
  rule(
    'libraries-do-not-import-apps',
    'Dependencies point from apps to libraries.',
    product('libs'),
    { path: '^apps/' },
  ),
  rule(
    'libraries-are-entered-by-their-index',
    'What a library does not export is its own affair.',
    { path: '^(apps|libs)/([^/]+)/', pathNot: TESTS },
    { path: '^libs/[^/]+/src/', pathNot: ['^$1/$2/', ENTRANCES] },
  ),
];

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
    },
  },
};
