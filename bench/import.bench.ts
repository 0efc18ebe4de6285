import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { makeTemporaryHome, startInstallation } from '../apps/cli/src/demo/installation.js';
import type { ImportSummary } from '../apps/cli/src/import/summary.js';
import { type ProcessTimes, ProcessWatch } from './process-times.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const LAUNCHER = at('../apps/launcher/src/main.js');
const CLI = at('../apps/cli/src/main.js');
/** Beside the repository, seen from where the build puts this file. */
const SHARED_LOG = at('../../../shared/data/NASA-iPSC-1993-3.1-cln.swf.gz');
/** So fast that run times and stage times do not matter beside the system's own work. */
const DEFAULT_SPEED = 10_000;

/** What the environment may change about the run. */
interface Shape {
  readonly log: string;
  readonly speed: number;
  readonly hosts: number | null;
  readonly limit: number | null;
  readonly concurrency: number | null;
}

/**
 * Imports a whole job log at once into a fresh installation: api, worker, simulated hosts and Postgres
 * on one machine. BULKHEAD_WORKLOAD_LOG names the log; BENCH_LIMIT, BENCH_SPEED, BENCH_HOSTS and
 * BENCH_CONCURRENCY shape the run.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  if (args.length > 0) throw new Error('import takes no arguments; its settings are variables');
  const shape = readShape(process.env);
  const home = makeTemporaryHome();
  try {
    const installation = await startInstallation(LAUNCHER, home.path, process.env);
    try {
      const { summary, processes } = await measure(shape, home.path, installation.pid);
      return figures(shape, summary, processes);
    } finally {
      await installation.stop();
    }
  } finally {
    home.remove();
  }
}

function readShape(environment: NodeJS.ProcessEnv): Shape {
  const log = environment['BULKHEAD_WORKLOAD_LOG'] || SHARED_LOG;
  if (!existsSync(log)) throw new Error(`${log} does not exist; set BULKHEAD_WORKLOAD_LOG`);
  const number = (name: string) => {
    const given = environment[name];
    if (!given) return null;
    const value = Number(given);
    if (!(value > 0)) throw new Error(`${name} must be a number above 0, not ${given}`);
    return value;
  };
  return {
    log,
    speed: number('BENCH_SPEED') ?? DEFAULT_SPEED,
    hosts: number('BENCH_HOSTS'),
    limit: number('BENCH_LIMIT'),
    concurrency: number('BENCH_CONCURRENCY'),
  };
}

async function measure(
  { log, speed, hosts, limit, concurrency }: Shape,
  home: string,
  launcherPid: number,
): Promise<{ summary: ImportSummary; processes: Readonly<Record<string, ProcessTimes>> }> {
  const optional = Object.entries({ hosts, limit, concurrency }).flatMap(([name, value]) =>
    value === null ? [] : [`--${name}`, String(value)],
  );
  const words = ['import', log, '--home', home, '--json', '--at-once', '--cordon-others'];
  const choices = ['--trusted-group', '2', '--hostile', '20%', '--speed', String(speed)];
  const child = spawn(process.execPath, [CLI, ...words, ...choices, ...optional], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.pid === undefined) throw new Error('the command line cannot be started');
  const watch = new ProcessWatch([launcherPid, child.pid]);
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const processes = watch.finish();
  if (output === '') throw new Error(`the import ended with code ${exitCode} and said nothing`);
  return { summary: JSON.parse(output) as ImportSummary, processes };
}

function figures(
  { log, speed }: Shape,
  summary: ImportSummary,
  processes: Readonly<Record<string, ProcessTimes>>,
): Record<string, unknown> {
  const { jobs, seconds, submitSeconds, workloadsPerSecond, outcomes, events, check } = summary;
  if (jobs === undefined) throw new Error(`the import failed: ${JSON.stringify(summary)}`);
  const cpuSeconds = Object.values(processes).reduce((sum, part) => sum + part.cpuSeconds, 0);
  return {
    log: log.split('/').at(-1),
    jobs: jobs.selected,
    speed,
    seconds,
    submitSeconds,
    workloadsPerSecond,
    events: events.ofThisImport,
    eventsPerSecond: Math.round(events.ofThisImport / Math.max(seconds, 0.01)),
    outcomes,
    unfinished: jobs.unfinished,
    violations: check.violations,
    startTimes: summary.startTimes,
    cpuSeconds: Math.round(cpuSeconds * 100) / 100,
    processes,
  };
}
