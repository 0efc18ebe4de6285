import { Argument, Command } from 'commander';
import { type ShownTenant, tenantDetailLines } from '../output/tenant-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { idOf } from './id-argument.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';

export const TENANTS_ROUTE = '/v1/tenants';
export const TRUSTS = ['trusted', 'standard', 'hostile'] as const;

export const tenantRoute = (id: string): string => `${TENANTS_ROUTE}/${encodeURIComponent(id)}`;

interface ActOptions extends SharedOptions {
  readonly reason: string;
  readonly evict?: boolean;
}

/** Something that an operator does about a tenant. */
interface Act {
  readonly verb: string;
  readonly description: string;
  readonly example: string;
  /** What the tenant is to have, where the act is no mere word. */
  readonly to?: Argument;
  readonly options?: (command: Command) => Command;
  readonly body?: (to: string | undefined, options: ActOptions) => object;
}

const ACTS: readonly Act[] = [
  {
    verb: 'trust',
    description: 'change how far a tenant is trusted; what may no longer share a kernel is evicted',
    example: 'ten_… hostile --reason "leaked credentials"',
    to: new Argument('<trust>', 'from now on').choices(TRUSTS),
    body: (trust) => ({ trust }),
  },
  {
    verb: 'boundary',
    description: 'change which boundary a trusted tenant shares with others',
    example: 'ten_… platform --reason "first-party code"',
    to: new Argument('[boundary]', 'from now on; without it, alone in its own'),
    body: (boundary = undefined) => ({ boundary: boundary ?? null }),
  },
  {
    verb: 'suspend',
    description: 'refuse its submissions and stop its starts at once; what runs goes on',
    example: 'ten_… --evict --reason "stolen credentials"',
    options: (command) => command.option('--evict', 'evict what runs as well'),
    body: (_, { evict }) => (evict === true ? { evict } : {}),
  },
  {
    verb: 'reinstate',
    description: 'end its suspension; what waits is placed',
    example: 'ten_… --reason "credentials replaced"',
  },
];

/** One command for each act. */
export function tenantActCommands(shell: Shell): readonly Command[] {
  return ACTS.map((act) => actCommand(shell, act));
}

function actCommand(shell: Shell, act: Act): Command {
  const { verb, description, example, to, options: withOptions } = act;
  const command = new Command(verb)
    .description(description)
    .argument('<tenant>', 'id, as `tenant list` shows it', idOf('ten'))
    .requiredOption('--reason <text>', 'why; it is recorded in the log with who said so')
    .addHelpText('after', `\nExample:\n  bulkhead tenant ${verb} ${example}`);
  if (to !== undefined) command.addArgument(to);
  withOptions?.(command);
  return withConnection(command, true).action(async (id: string, ...rest: unknown[]) => {
    const value = to === undefined ? undefined : (rest[0] as string | undefined);
    const options = command.opts<ActOptions>();
    const body = { ...act.body?.(value, options), reason: options.reason };
    const client = platformClientOf(shell, options, 'operator');
    const { body: answer } = await client.post(`${tenantRoute(id)}/${verb}`, body, newKey());
    terminalOf(shell, options).answer(answer as ShownTenant, tenantDetailLines);
  });
}
