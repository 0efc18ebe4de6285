import { Command } from 'commander';
import type { ApiClient } from '../http/api-client.js';
import { isRecord } from '../http/problem.js';
import { BadAnswer } from '../import/tenant-access.js';
import { auditEventLines, type ShownAuditEvent } from '../output/audit-event-lines.js';
import { type LimitOption, type SharedOptions, withConnection } from './connection-options.js';
import { idOf } from './id-argument.js';
import { atLeast, filled } from './option-parsers.js';
import { platformClientOf, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/audit/events';
/** The most that the api gives at once. */
const PAGE_EVENTS = 1_000;
/** A log has no end that a shell could hold; `log export` writes all of it. */
const LIMIT_DEFAULT = 1_000;

interface EventsOptions extends SharedOptions, LimitOption {
  readonly tenant?: string;
  readonly stream?: string;
  readonly type?: string;
  readonly actor?: string;
  readonly from?: string;
  readonly to?: string;
  readonly afterPosition?: number;
}

const HELP = `
Events come in the order of the log, and have to match every filter given. --json prints them whole, as the
api answers them. Where there may be more than --limit, the position to go on from is told on stderr;
bulkhead log export writes the whole log.

Examples:
  bulkhead audit events --stream wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f
  bulkhead audit events --type CredentialIssued --from 2026-11-21T00:00:00Z --to 2026-11-22T00:00:00Z --json`;

/** `bulkhead audit events` */
export function auditEventsCommand(shell: Shell): Command {
  const command = new Command('events')
    .description('read the log, across tenants, in its order')
    .option('--tenant <tenant>', 'only those of this tenant, by id', idOf('ten'))
    .option('--stream <id>', 'only the history of this workload, batch, host, … by id', filled)
    .option('--type <type>', 'only these, such as WorkloadPlaced (docs/events.md)', filled)
    .option('--actor <id>', 'only those of this credential or component, such as placer', filled)
    .option('--from <time>', 'recorded from this time on, such as 2026-11-21T10:42:00Z')
    .option('--to <time>', 'recorded before this time')
    .option('--after-position <n>', 'only those behind this one', atLeast(0))
    .option('--limit <n>', 'only the first so many', atLeast(1), LIMIT_DEFAULT)
    .addHelpText('after', HELP);
  return withConnection(command, true).action(async (options: EventsOptions) => {
    const { tenant, stream, type, actor, from, to } = options;
    const filters = { tenant, stream, type, actor, from, to };
    const client = platformClientOf(shell, options, 'auditor');
    const { events, next } = await eventsOf(client, filters, options);
    const terminal = terminalOf(shell, options);
    terminal.answer(events, auditEventLines);
    if (next !== null) terminal.warn(`there may be more: --after-position ${next}`);
  });
}

type Filters = Readonly<Record<string, string | undefined>>;

/** The first that match, page by page, and the position from which to go on; null where the log ends there for now. */
async function eventsOf(
  client: ApiClient,
  filters: Filters,
  { afterPosition = 0, limit = LIMIT_DEFAULT }: EventsOptions,
): Promise<{ readonly events: readonly ShownAuditEvent[]; readonly next: number | null }> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value !== undefined) query.set(name, value);
  }
  const events: ShownAuditEvent[] = [];
  let next: number | null = afterPosition;
  while (next !== null && events.length < limit) {
    query.set('afterPosition', String(next));
    query.set('limit', String(Math.min(PAGE_EVENTS, limit - events.length)));
    const { body } = await client.get(`${ROUTE}?${query}`);
    if (!isRecord(body) || !Array.isArray(body['items'])) {
      throw new BadAnswer(`${ROUTE} answered no list`);
    }
    events.push(...(body['items'] as ShownAuditEvent[]));
    const after: unknown = body['nextAfterPosition'];
    // A position that does not go on would be read for ever.
    next = typeof after === 'number' && after > next ? after : null;
  }
  return { events, next };
}
