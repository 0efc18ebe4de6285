/**
 * What `npm start` runs. It is plain JavaScript because it works before anything is built: it
 * builds when a source changed since the last build, then becomes the program that was asked for.
 *
 *   node apps/launcher/start.mjs [launcher | build | migrate | keys | sql | backup | api | worker | simulated-host]
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FINGERPRINT = join(ROOT, 'dist', '.sources');
const LOCK = join(ROOT, 'dist', '.building');
const OLDEST_NODE = [20, 19];
const BUILD_TIMEOUT_MS = 180_000;
const STALE_LOCK_MS = 200_000;
const LOCK_POLL_MS = 100;
const PROGRAMS = {
  launcher: 'dist/apps/launcher/src/main.js',
  migrate: 'dist/apps/launcher/src/migrate.main.js',
  keys: 'dist/apps/launcher/src/keys.main.js',
  sql: 'dist/apps/launcher/src/sql.main.js',
  backup: 'dist/apps/launcher/src/backup.main.js',
  api: 'dist/apps/api/src/main.js',
  worker: 'dist/apps/worker/src/main.js',
  'simulated-host': 'dist/apps/simulated-host/src/main.js',
};

const USAGE = `Usage: npm start                    everything on this machine: Postgres, an api, a worker and
                                   simulated hosts, with credentials to try them
       npm start -- PROGRAM         one program of: build, ${Object.keys(PROGRAMS).join(', ')}

Settings of npm start, from the environment or a file .env beside package.json:
  PORT           where the api listens (8080); 0 takes any free port
  BULKHEAD_HOME  where keys, logs and the embedded Postgres are kept (./.bulkhead)
  DATABASE_URL   a Postgres to use instead of the embedded one
  START_ONLY     postgres, or api for Postgres and an api: a part of it, for maintenance
  LOG_LEVEL      fatal, error, warn, info, debug, trace or silent (info)
.env.example explains these and all others.
`;

function refuse(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    refuse(`Bulkhead needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.version}.`);
  }
}

/** Every source by name, size and time of change: a deleted or replaced file shows as well. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(join(ROOT, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  for (const folder of ['apps', 'libs']) {
    const found = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
    const sources = found.filter((entry) => entry.isFile() && isSource(entry.name));
    const paths = sources.map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
    for (const path of paths.sort()) add(path);
  }
  for (const path of ['nest-cli.json', '.swcrc', 'tsconfig.json', 'package.json']) add(path);
  return hash.digest('hex');
}

function isSource(name) {
  return /\.(ts|json)$/.test(name) && !name.endsWith('.spec.ts');
}

/** Builds only when something changed, so that a second start is fast. */
async function buildIfNeeded() {
  // An installation without sources is one that was built elsewhere.
  if (!existsSync(join(ROOT, 'apps', 'launcher', 'src'))) return;
  if (isBuilt()) return;
  await withBuildLock(() => {
    // Whoever held the lock before may have built the very same sources.
    if (!isBuilt()) build();
  });
}

function isBuilt() {
  return existsSync(FINGERPRINT) && readFileSync(FINGERPRINT, 'utf8') === fingerprint();
}

function build() {
  const sources = fingerprint();
  process.stdout.write('Building, because sources changed since the last build …\n');
  const result = spawnSync(process.execPath, [nestCli(), 'build', '--all', '-b', 'swc'], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
  });
  if (result.status !== 0) {
    const said = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`;
    throw new Error(`The build failed.\n${said}`);
  }
  const draft = `${FINGERPRINT}.${process.pid}`;
  writeFileSync(draft, sources);
  renameSync(draft, FINGERPRINT);
}

/** Two builds at once would write the same files; a lock that a killed build left is ignored. */
async function withBuildLock(act) {
  mkdirSync(dirname(LOCK), { recursive: true });
  const giveUpAt = Date.now() + BUILD_TIMEOUT_MS;
  while (!tryLock()) {
    const age = Date.now() - (statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_LOCK_MS) rmSync(LOCK, { force: true });
    if (Date.now() > giveUpAt) throw new Error(`Another build does not end. Remove ${LOCK}.`);
    await sleep(LOCK_POLL_MS);
  }
  try {
    act();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function tryLock() {
  try {
    writeFileSync(LOCK, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function nestCli() {
  try {
    const cli = createRequire(import.meta.url).resolve('@nestjs/cli/package.json');
    return join(dirname(cli), 'bin', 'nest.js');
  } catch {
    throw new Error('The packages are not installed. Run: npm install');
  }
}

const wanted = process.argv[2] ?? 'launcher';
if (['--help', '-h', 'help'].includes(wanted)) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const program = PROGRAMS[wanted];
refuseOldNode();
if (program === undefined && wanted !== 'build') {
  refuse(`There is no program ${wanted}.\n${USAGE}`.trimEnd());
}
process.title = `bulkhead ${wanted}`;
try {
  await buildIfNeeded();
} catch (error) {
  refuse(error.message);
}
if (program !== undefined) {
  // A file .env beside package.json is optional; what the environment already says wins over it.
  if (existsSync(join(ROOT, '.env'))) process.loadEnvFile(join(ROOT, '.env'));
  await import(pathToFileURL(join(ROOT, program)).href);
}
