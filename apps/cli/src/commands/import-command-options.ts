import { type Command, Option } from 'commander';
import type { HostileChoice } from '../import/hostile-choice.js';
import type { HostFaults } from '../import/plan-hosts.js';
import type { SharedOptions } from './connection-options.js';
import { atLeast, hostFaults, hostile, positive } from './option-parsers.js';

/** What was given to `bulkhead import`. */
export interface GivenOptions extends SharedOptions {
  readonly trustedGroup?: number;
  readonly hostile?: HostileChoice;
  readonly cpuMillisPerProcessor: number;
  readonly memoryMibPerProcessor: number;
  readonly unknownEvery: number;
  readonly hosts: number;
  readonly cordonOthers?: boolean;
  readonly keepHosts?: boolean;
  readonly speed: number;
  readonly atOnce?: boolean;
  readonly limit?: number;
  readonly sample?: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly faults?: HostFaults;
  readonly stallSeconds: number;
  readonly journals?: string;
}

const DEFAULT = { hosts: 24, speed: 1_000, concurrency: 32, seed: 1, stallSeconds: 120 } as const;
const MAX = { hosts: 1_000, speed: 1_000_000, concurrency: 256, jobs: 10_000_000 } as const;

/** What the log's jobs become. */
export function withMappingOptions(command: Command): Command {
  return command
    .option(
      '--trusted-group <n>',
      'users of this group are trusted and share one boundary',
      atLeast(0),
    )
    .option('--hostile <who>', 'hostile users: a percentage (20%) or numbers (3,7,9)', hostile)
    .option(
      '--cpu-millis-per-processor <n>',
      'what a processor of the log becomes',
      atLeast(1),
      1_000,
    )
    .option('--memory-mib-per-processor <n>', 'memory for each processor', atLeast(1), 64)
    .option(
      '--unknown-every <n>',
      'every so many applications have an unknown image; 0: none',
      atLeast(0),
      10,
    )
    .addOption(
      new Option('--limit <n>', 'only the first so many jobs')
        .argParser(atLeast(1, MAX.jobs))
        .conflicts('sample'),
    )
    .option('--sample <n>', 'only so many jobs, evenly spread over the log', atLeast(1, MAX.jobs));
}

/** On what they run, and how fast. */
export function withRunOptions(command: Command): Command {
  return command
    .option(
      '--hosts <n>',
      'hosts to register; 0 uses the fleet as it is',
      atLeast(0, MAX.hosts),
      DEFAULT.hosts,
    )
    .option('--cordon-others', 'cordon all other hosts until the end')
    .option('--keep-hosts', 'leave the registered hosts open at the end')
    .option(
      '--speed <n>',
      "divides run times, submit gaps and the hosts' stage times",
      positive(MAX.speed),
      DEFAULT.speed,
    )
    .option('--at-once', 'submit without the gaps of the log')
    .option(
      '--concurrency <n>',
      'requests at once',
      atLeast(1, MAX.concurrency),
      DEFAULT.concurrency,
    )
    .option(
      '--seed <n>',
      'of the choice of hostile users and of the start times',
      atLeast(0),
      DEFAULT.seed,
    )
    .option(
      '--faults <which>',
      'what goes wrong on the registered hosts: proposed, or seed:<n>',
      hostFaults,
    )
    .option(
      '--stall-seconds <n>',
      'give up when nothing happens for so long',
      atLeast(1),
      DEFAULT.stallSeconds,
    )
    .option('--journals <folder>', 'journals of the simulated hosts (default: those of the home)');
}
