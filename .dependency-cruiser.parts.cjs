/** What the rules about who may import whom are made of. */
const TESTS = String.raw`\.(spec|contract)\.ts$`;
const NEST = 'node_modules/@nestjs/';
const QUEUE = 'node_modules/(bullmq|@nestjs/bullmq|ioredis|@bull-board/[a-z]+)/';
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

module.exports = { TESTS, NEST, QUEUE, PASSPORT, POSTGRES, ENTRANCES, rule, product };
