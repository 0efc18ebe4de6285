import { Command, InvalidArgumentError } from 'commander';
import { type ShownTenant, tenantDetailLines } from '../output/tenant-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { idOf } from './id-argument.js';
import { atLeast } from './option-parsers.js';
import { platformClientOf, type Shell, terminalOf } from './shell.js';
import { tenantRoute } from './tenant-acts.commands.js';

const NO_LIMIT = 'none';

interface QuotaOptions extends SharedOptions {
  readonly reason: string;
  readonly workloads?: number;
  readonly cpuMillis?: number;
  readonly memoryMib?: number;
  readonly utilityVms?: number;
  readonly batchTasks?: number;
  readonly submissionsPerMinute?: number | typeof NO_LIMIT;
  readonly pendingWorkloads?: number | typeof NO_LIMIT;
}

/** `bulkhead tenant quota <tenant>` */
export function tenantQuotaCommand(shell: Shell): Command {
  const command = new Command('quota')
    .description('change how much a tenant may hold and submit; what is left out stays as it is')
    .argument('<tenant>', 'id, as `tenant list` shows it', idOf('ten'))
    .requiredOption('--reason <text>', 'why; it is recorded in the log with who said so')
    .option('--workloads <n>', 'that hold a place at a time', atLeast(0))
    .option('--cpu-millis <n>', 'held, the reserves of utility VMs included', atLeast(0))
    .option('--memory-mib <n>', 'held, the reserves of utility VMs included', atLeast(0))
    .option('--utility-vms <n>', 'held at a time', atLeast(0))
    .option('--batch-tasks <n>', 'tasks of one batch', atLeast(0))
    .option('--submissions-per-minute <n>', `workloads and batches, or ${NO_LIMIT}`, limitOrNone)
    .option('--pending-workloads <n>', `that wait for a place, or ${NO_LIMIT}`, limitOrNone)
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead tenant quota ten_… --workloads 500 --submissions-per-minute 600 --reason "contract signed"',
    );
  return withConnection(command, true).action(async (id: string, options: QuotaOptions) => {
    const changes = changesIn(options);
    if (Object.keys(changes).length === 0)
      command.error('error: say what is to change; tenant show tells how it is');
    const client = platformClientOf(shell, options, 'operator');
    // The whole quota is replaced, so that what stays is said as well.
    const { quota } = (await client.get(tenantRoute(id))).body as ShownTenant;
    const body = { ...quota, ...changes, reason: options.reason };
    const { body: answer } = await client.put(`${tenantRoute(id)}/quota`, body);
    terminalOf(shell, options).answer(answer as ShownTenant, tenantDetailLines);
  });
}

function changesIn(options: QuotaOptions): Readonly<Record<string, number | null>> {
  const { workloads, cpuMillis, utilityVms, batchTasks } = options;
  const { submissionsPerMinute, pendingWorkloads, memoryMib: memoryMiB } = options;
  const held = { workloads, cpuMillis, memoryMiB, utilityVms, batchTasks };
  const all = Object.entries({ ...held, submissionsPerMinute, pendingWorkloads });
  return Object.fromEntries(
    all.flatMap(([name, limit]) =>
      limit === undefined ? [] : [[name, limit === NO_LIMIT ? null : limit]],
    ),
  );
}

/** Commander takes null for an option without a value. */
function limitOrNone(text: string): number | typeof NO_LIMIT {
  if (text === NO_LIMIT) return NO_LIMIT;
  try {
    return atLeast(0)(text);
  } catch {
    throw new InvalidArgumentError(`expected a whole number, 0 or more, or ${NO_LIMIT}`);
  }
}
