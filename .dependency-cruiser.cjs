/**
 * Who may import whom. One rule for each row of the table in docs/adr/0011-import-boundaries.md, and
 * one planted violation for each rule in test/architecture/planted-violations.ts, so that no rule can
 * silently stop biting.
 */
const TESTS = String.raw`\.(spec|contract)\.ts$`;
const NEST = 'node_modules/@nestjs/';
const QUEUE = 'node_modules/(bullmq|@nestjs/bullmq|ioredis)/';
const PASSPORT = 'node_modules/(@types/)?(passport|passport-jwt|@nestjs/passport)/';
const POSTGRES = 'node_modules/(@types/)?(pg|pg-[a-z-]+|typeorm|@nestjs/typeorm)/';

/** The only files of the libraries that another folder may import. */
const ENTRANCES =
  '^libs/([^/]+/src/index|event-store/src/in-memory/index|event-store/src/proof/index|hypervisor/src/simulated/index)[.]ts$';

/** Everything that is not a test and lives under `folder` may import `allowed` and nothing else. */
function only(name, folder, allowed, comment) {
  return {
    name,
    severity: 'error',
    comment,
    from: { path: `^${folder}/`, pathNot: TESTS },
    to: { pathNot: allowed },
  };
}

/** Everything that is not a test and lives under `folder` must not import `forbidden`. */
function never(name, folder, forbidden, comment, exceptions = []) {
  return {
    name,
    severity: 'error',
    comment,
    from: { path: `^${folder}/`, pathNot: TESTS },
    to: { path: forbidden, ...(exceptions.length > 0 && { pathNot: exceptions }) },
  };
}

const libraries = [
  only(
    'domain-imports-only-itself',
    'libs/domain',
    ['^libs/domain/src/'],
    'Decisions are pure: no framework, no clock, no input or output, not even node:*.',
  ),
  only(
    'checker-imports-only-the-domain',
    'libs/checker',
    ['^libs/(checker|domain)/src/'],
    'The proof must not lean on the code that it judges.',
  ),
  {
    ...only(
      'event-store-imports-the-domain-and-postgres',
      'libs/event-store',
      [
        '^libs/(event-store|domain)/src/',
        POSTGRES,
        NEST,
        'node_modules/(canonicalize|reflect-metadata)/',
      ],
      'Postgres and nothing else; neither hosts nor queues.',
    ),
    to: {
      pathNot: [
        '^libs/(event-store|domain)/src/',
        POSTGRES,
        NEST,
        'node_modules/(canonicalize|reflect-metadata)/',
      ],
      dependencyTypesNot: ['core'],
    },
  },
  {
    name: 'in-memory-log-and-proof-are-pure',
    severity: 'error',
    comment: 'The command line and simulations run them without Postgres.',
    from: { path: '^libs/event-store/src/(in-memory|proof)/', pathNot: TESTS },
    to: {
      pathNot: [
        '^libs/event-store/src/(in-memory|proof|log)/',
        '^libs/domain/src/index[.]ts$',
        'node_modules/canonicalize/',
        '^(node:)?crypto$',
      ],
    },
  },
  {
    name: 'hypervisor-imports-only-the-domain',
    severity: 'error',
    comment: 'A driver takes orders from the worker; it knows neither the log nor any app.',
    from: { path: '^libs/hypervisor/', pathNot: TESTS },
    to: { path: '^(apps|libs)/', pathNot: '^libs/(hypervisor|domain)/src/' },
  },
  {
    name: 'engine-clients-stay-in-their-driver',
    severity: 'error',
    comment: 'Only a driver folder may know the packages of its engine.',
    from: { path: '^libs/hypervisor/', pathNot: [TESTS, '^libs/hypervisor/src/drivers/'] },
    to: { path: 'node_modules/', pathNot: NEST },
  },
  {
    name: 'drivers-do-not-know-each-other',
    severity: 'error',
    comment: 'Drivers share the interface and nothing else.',
    from: { path: '^libs/hypervisor/src/drivers/([^/]+)/' },
    to: { path: '^libs/hypervisor/src/drivers/', pathNot: '^libs/hypervisor/src/drivers/$1/' },
  },
  {
    name: 'the-simulated-host-model-is-pure',
    severity: 'error',
    comment: 'Simulations run the model from a seed; its clock, disk and chance are parameters.',
    from: { path: '^libs/hypervisor/src/simulated/', pathNot: TESTS },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'nest-stays-in-module-files',
    severity: 'error',
    comment: 'Libraries are plain TypeScript; only their two module files wire them into Nest.',
    from: {
      path: '^libs/',
      pathNot: [
        TESTS,
        '^libs/(event-store/src/event-store|hypervisor/src/hypervisor)[.]module[.]ts$',
      ],
    },
    to: { path: NEST },
  },
];

const apps = [
  never(
    'api-only-appends',
    'apps/api',
    ['^libs/(hypervisor|checker)/', QUEUE],
    'The log is the outbox: the api neither drives hosts nor enqueues jobs.',
  ),
  never(
    'worker-has-no-tenant-door',
    'apps/worker',
    ['^libs/checker/', PASSPORT, 'node_modules/@nestjs/jwt/'],
    'Tenants speak to the api; the worker follows the log.',
  ),
  never(
    'simulated-host-knows-no-log',
    'apps/simulated-host',
    ['^libs/(event-store|checker)/', POSTGRES, QUEUE, PASSPORT, NEST],
    'A host knows only what its driver tells it, as an engine would.',
  ),
  never(
    'cli-speaks-http-and-runs-pure-code',
    'apps/cli',
    ['^libs/(event-store|hypervisor)/', POSTGRES, QUEUE, PASSPORT, NEST],
    'The command line works against any installation; offline it runs only pure code.',
    ['^libs/event-store/src/(in-memory|proof)/', '^libs/hypervisor/src/simulated/'],
  ),
  never(
    'launcher-only-starts-what-others-are',
    'apps/launcher',
    ['^libs/(hypervisor|checker)/', QUEUE, PASSPORT, NEST],
    'The launcher prepares the database and starts processes; it does no work of theirs.',
  ),
  {
    name: 'apps-do-not-import-each-other',
    severity: 'error',
    comment: 'Apps meet in the log or over HTTP.',
    from: { path: '^apps/([^/]+)/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  },
  {
    name: 'libraries-do-not-import-apps',
    severity: 'error',
    comment: 'Dependencies point from apps to libraries.',
    from: { path: '^libs/', pathNot: ['^libs/(domain|checker|event-store|hypervisor)/'] },
    to: { path: '^apps/' },
  },
  {
    name: 'libraries-are-entered-by-their-index',
    severity: 'error',
    comment: 'What a library does not export is its own affair.',
    from: { path: '^(apps|libs)/([^/]+)/', pathNot: TESTS },
    to: { path: '^libs/[^/]+/src/', pathNot: ['^$1/$2/', ENTRANCES] },
  },
];

const everywhere = [
  {
    name: 'no-circular',
    severity: 'error',
    comment: 'A cycle is one module that pretends to be several.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'nothing-imports-tests',
    severity: 'error',
    comment: 'What ships does not depend on test/ or bench/.',
    from: { path: '^(apps|libs)/', pathNot: [TESTS, '^libs/(domain|checker)/'] },
    to: { path: '^(test|bench)/' },
  },
  {
    name: 'only-tests-import-contract-suites',
    severity: 'error',
    comment: 'A contract suite is a test; what ships never loads it.',
    from: { pathNot: [TESTS, '^(test|bench)/'] },
    to: { path: TESTS },
  },
  {
    name: 'no-development-packages-in-what-ships',
    severity: 'error',
    comment: 'An installation without development packages must run.',
    from: {
      path: '^(apps|libs)/',
      pathNot: [TESTS, '^libs/(domain|checker|event-store|hypervisor)/'],
    },
    to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
  },
  {
    name: 'no-undeclared-packages',
    severity: 'error',
    comment: 'Every package that is imported stands in package.json.',
    from: { path: '^(apps|libs|test|bench)/' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-unresolvable-imports',
    severity: 'error',
    comment: 'An import that cannot be resolved escapes every other rule.',
    from: {},
    to: { couldNotResolve: true },
  },
];

module.exports = {
  forbidden: [...libraries, ...apps, ...everywhere],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
