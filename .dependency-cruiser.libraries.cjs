/** The rules about what libraries may import. */
const {
  TESTS,
  NEST,
  POSTGRES,
  ENTRANCES,
  rule,
  product,
} = require('./.dependency-cruiser.parts.cjs');

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
    'the-calendar-knows-only-times',
    'When something is planned follows from an expression and a zone, whoever asks.',
    product('libs/calendar'),
    { pathNot: '^libs/calendar/src/|node_modules/cron-parser/' },
  ),
  rule(
    'addresses-are-judged-alone',
    'Where messages may go follows from an address and what the operator allows, whoever asks.',
    product('libs/addresses'),
    { pathNot: '^libs/addresses/src/|node_modules/ipaddr[.]js/' },
  ),
  rule(
    'settings-know-no-process',
    'How an environment is read is the same for every process; what is read each says itself.',
    product('libs/settings'),
    { pathNot: '^libs/settings/src/|^(node:)?fs$|node_modules/zod/' },
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

module.exports = { libraries };
