import { Command } from 'commander';
import { hostDetailLines, type ShownHost } from '../output/host-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { idOf } from './id-argument.js';
import { NotConfirmed } from './not-confirmed.js';
import { atLeast } from './option-parsers.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';

export const HOSTS_ROUTE = '/v1/hosts';
const GRACE_SECONDS_MAX = 86_400;

export const hostRoute = (id: string): string => `${HOSTS_ROUTE}/${encodeURIComponent(id)}`;

interface ActOptions extends SharedOptions {
  readonly reason: string;
  readonly evict?: boolean;
  readonly graceSeconds?: number;
  readonly stop?: boolean;
  readonly boot?: string;
  readonly yes?: boolean;
}

/** Something that an operator does about a host. */
interface Act {
  readonly verb: string;
  readonly description: string;
  readonly exampleOptions: string;
  /** Options beyond `--reason`, and what the request says of them. */
  readonly options?: (command: Command) => Command;
  readonly body?: (options: ActOptions) => object;
  /** What is said without `--yes`, where it cannot be undone. */
  readonly warning?: (id: string) => string;
}

const ACTS: readonly Act[] = [
  {
    verb: 'cordon',
    description: 'keep new work away; what runs there goes on',
    exampleOptions: '--reason "odd fan noise"',
  },
  {
    verb: 'uncordon',
    description: 'let it take new work again, and end a drain however far it has come',
    exampleOptions: '--reason "the fan was replaced"',
  },
  {
    verb: 'drain',
    description: 'keep new work away until it is empty',
    exampleOptions: '--reason "new firmware" --evict --grace-seconds 600',
    options: (command) =>
      command
        .option('--evict', 'evict what still runs there, to be placed elsewhere')
        .option(
          '--grace-seconds <n>',
          'with --evict: how long it may go on before (default: 0)',
          atLeast(0, GRACE_SECONDS_MAX),
        ),
    body: ({ evict, graceSeconds }) => ({
      ...(evict === true ? { evict } : {}),
      ...(graceSeconds === undefined ? {} : { graceSeconds }),
    }),
  },
  {
    verb: 'quarantine',
    description: 'let nothing start there and release nothing, so that what it holds is kept',
    exampleOptions: '--reason "odd system calls" --stop',
    options: (command) => command.option('--stop', 'stop what runs there'),
    body: ({ stop }) => (stop === true ? { stop } : {}),
  },
  {
    verb: 'release',
    description: 'end its quarantine; what it held is released',
    exampleOptions: '--reason "the disk was imaged" --yes',
    warning: (id) => `${id} will release what was kept there; it is no evidence after that`,
  },
  {
    verb: 'fence',
    description: 'vouch that the machine is off: what ran there has ended, and is placed elsewhere',
    exampleOptions: '--boot b-17 --reason "power supply failed" --yes',
    options: (command) =>
      command.option('--boot <id>', 'the boot that is over; refused where it has booted since'),
    body: ({ boot }) => (boot === undefined ? {} : { bootId: boot }),
    warning: (id) =>
      `what ran on ${id} will be taken as ended and started elsewhere; if the machine still runs, it runs twice`,
  },
  {
    verb: 'retire',
    description: 'take it out of the fleet for good',
    exampleOptions: '--reason "its lease is over" --yes',
    warning: (id) => `${id} will leave the fleet for good, and cannot come back`,
  },
];

/** One command for each act. */
export function hostActCommands(shell: Shell): readonly Command[] {
  return ACTS.map((act) => actCommand(shell, act));
}

function actCommand(shell: Shell, act: Act): Command {
  const { verb, description, exampleOptions, options: withOptions, warning } = act;
  const command = new Command(verb)
    .description(description)
    .argument('<id>', 'as `host list` shows it', idOf('host'))
    .requiredOption('--reason <text>', 'why; it is recorded in the log with who said so')
    .addHelpText('after', `\nExample:\n  bulkhead host ${verb} host_… ${exampleOptions}`);
  withOptions?.(command);
  if (warning !== undefined) {
    command.option('--yes', 'do it; without this the command only says what would happen');
  }
  return withConnection(command, true).action(async (id: string, options: ActOptions) => {
    if (warning !== undefined && options.yes !== true) {
      throw new NotConfirmed(`${warning(id)}: give --yes to do it`);
    }
    const body = { reason: options.reason, ...act.body?.(options) };
    const client = platformClientOf(shell, options, 'operator');
    const host = (await client.post(`${hostRoute(id)}/${verb}`, body, newKey())).body as ShownHost;
    terminalOf(shell, options).answer(host, hostDetailLines);
  });
}
