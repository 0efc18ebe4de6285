import { Command, Option } from 'commander';
import { type HostileChoice, NOBODY } from '../import/hostile-choice.js';
import { type NamedReport, simulationCharts } from '../simulate/charts/simulation-charts.js';
import { type ReadJobLog, readJobLog } from '../simulate/job-log.js';
import { reportLines } from '../simulate/report-lines.js';
import { runSimulation } from '../simulate/run-simulation.js';
import { hostsOf } from '../simulate/scenario-of.js';
import { type Change, parseChange, SETTINGS, type Settings } from '../simulate/settings.js';
import { OF_THE_MIX, variantsOf } from '../simulate/variants.js';
import { CHARTS_OPTION, chartsInto } from './charts-option.js';
import type { SharedOptions } from './connection-options.js';
import { atLeast, hostile } from './option-parsers.js';
import { type Shell, terminalOf } from './shell.js';
import { SIMULATE_HELP } from './simulate-help.js';

interface GivenOptions extends SharedOptions, Settings {
  readonly vs?: readonly Change[];
  readonly charts?: string;
  readonly log?: string;
  readonly limit?: number;
  readonly sample?: number;
  readonly trustedGroup?: number;
  readonly hostileUsers?: HostileChoice;
  readonly cpuMillisPerProcessor: number;
  readonly memoryMibPerProcessor: number;
  readonly unknownEvery: number;
}

const MAX_JOBS = 1_000_000;

/** `bulkhead simulate` */
export function simulateCommand(shell: Shell): Command {
  const command = new Command('simulate')
    .description('run a fleet and a mix of workloads in virtual time, and tell what came of it')
    .addHelpText('after', SIMULATE_HELP);
  for (const { name, placeholder, describe, otherwise, parse } of Object.values(SETTINGS)) {
    const option = new Option(`--${name} <${placeholder}>`, describe).default(otherwise);
    command.addOption(option.argParser<unknown>((text) => parse(text)));
  }
  return withLogOptions(command)
    .option(
      '--vs <setting=value...>',
      'a second simulation that differs in this, beside the first',
      (text, before: Change[] = []) => [...before, parseChange(text)],
    )
    .option(...CHARTS_OPTION)
    .option('--json', 'print one JSON value')
    .action((options: GivenOptions) => simulateFleet(shell, command, options));
}

function withLogOptions(command: Command): Command {
  return command
    .option('--log <file>', 'a job log in the Standard Workload Format instead of a generated mix')
    .addOption(
      new Option('--limit <n>', 'only its first so many jobs')
        .argParser(atLeast(1, MAX_JOBS))
        .conflicts('sample'),
    )
    .option('--sample <n>', 'only so many of its jobs, evenly spread', atLeast(1, MAX_JOBS))
    .option(
      '--trusted-group <n>',
      'users of this group of the log are trusted and share one boundary',
      atLeast(0),
    )
    .option(
      '--hostile-users <who>',
      'hostile users of the log: a percentage (20%) or numbers (3,7,9)',
      hostile,
    )
    .option(
      '--cpu-millis-per-processor <n>',
      'what a processor of the log becomes',
      atLeast(1),
      1_000,
    )
    .option(
      '--memory-mib-per-processor <n>',
      'memory for each processor of the log',
      atLeast(1),
      64,
    )
    .option(
      '--unknown-every <n>',
      'every so many applications of the log have an unknown image; 0: none',
      atLeast(0),
      10,
    );
}

async function simulateFleet(shell: Shell, command: Command, options: GivenOptions): Promise<void> {
  const terminal = terminalOf(shell, options);
  const first = settingsIn(options);
  const variants = variantsOf(first, options.vs, options.log !== undefined);
  const draw = chartsInto(shell, terminal, options.charts);
  const log = await jobLogOf(command, options);
  if (log !== null && log.survey.malformed > 0) {
    terminal.warn(`${log.survey.malformed} malformed lines of the log were skipped`);
  }
  const runs: NamedReport[] = [];
  for (const { name, settings } of variants) {
    const bar = terminal.bar(`{bar} {value}/{total} workloads ended | ${name}`);
    try {
      const mix = log === null ? null : log.mixFor(hostsOf(settings));
      const report = await runSimulation(settings, mix, { bar, signal: shell.signal });
      runs.push({ name, report });
    } finally {
      bar.stop();
    }
  }
  terminal.answer({ settings: first, runs }, (_, colors) => reportLines(runs, colors));
  draw(() => simulationCharts(runs));
}

async function jobLogOf(command: Command, options: GivenOptions): Promise<ReadJobLog | null> {
  const { log: file, limit, sample, seed } = options;
  if (file === undefined) return null;
  const typed = OF_THE_MIX.find((name) => command.getOptionValueSource(name) === 'cli');
  if (typed !== undefined) {
    command.error(`error: --log says what --${SETTINGS[typed].name} would; leave one of them out`);
  }
  const selection =
    limit !== undefined
      ? ({ kind: 'first', count: limit } as const)
      : sample !== undefined
        ? ({ kind: 'sample', count: sample } as const)
        : ({ kind: 'all' } as const);
  return readJobLog(file, selection, {
    trustedGroup: options.trustedGroup ?? null,
    hostile: options.hostileUsers ?? NOBODY,
    perProcessor: {
      cpuMillis: options.cpuMillisPerProcessor,
      memoryMiB: options.memoryMibPerProcessor,
    },
    unknownEvery: options.unknownEvery,
    seed,
  });
}

function settingsIn(options: GivenOptions): Settings {
  const names = Object.keys(SETTINGS) as (keyof Settings)[];
  return Object.fromEntries(names.map((name) => [name, options[name]])) as unknown as Settings;
}
