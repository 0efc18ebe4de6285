import type { RecordedEvent, TenantId, WorkloadEvent } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { z } from 'zod';
import type { TenantCaller } from '../auth/caller.js';
import { Cursors } from '../paging/cursors.js';
import { type Page, type PageRequest, readPage } from '../paging/page.js';
import { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { EVENT_LOG, timeText } from '../sources.js';
import { readWorkloadHistory } from './read-workload.js';
import { withToldCause } from './told-deferral.js';
import type { WorkloadEventSchema } from './workload.schema.js';

export type WorkloadEventView = z.infer<typeof WorkloadEventSchema>;

export class ListWorkloadEvents extends Query<Page<WorkloadEventView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly page: PageRequest,
  ) {
    super();
  }
}

/**
 * What a payload says of the platform as a whole: positions in the log, terms of the placer, and with whom a
 * utility VM shares its template.
 */
const PLATFORM_FIELDS: ReadonlySet<string> = new Set(['causedByPosition', 'placerTerm', 'clone']);

@QueryHandler(ListWorkloadEvents)
export class ListWorkloadEventsHandler implements IQueryHandler<ListWorkloadEvents> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    private readonly cursors: Cursors,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  async execute({ caller, id, page }: ListWorkloadEvents): Promise<Page<WorkloadEventView>> {
    const { tenantId } = caller;
    const history = await readWorkloadHistory(this.log, tenantId, id);
    const events = await readPage(
      this.cursors,
      { list: `workloads/${id}/events`, scope: tenantId, filters: {} },
      page,
      async (after, fetch) => {
        const from = after === null ? 0 : Number(after);
        return history.slice(from, from + fetch);
      },
      ({ version }) => String(version),
    );
    return {
      items: events.items.map((recorded) => this.view(tenantId, recorded)),
      nextCursor: events.nextCursor,
    };
  }

  private view(tenantId: TenantId, recorded: RecordedEvent<WorkloadEvent>): WorkloadEventView {
    const { version, recordedAtMs, event } = recorded;
    const told = Object.entries(withToldCause(event)).filter(
      ([field]) => !PLATFORM_FIELDS.has(field),
    );
    const payload = this.pseudonyms.inside(tenantId, Object.fromEntries(told));
    return {
      id: version,
      type: event.type,
      schemaVersion: event.schemaVersion,
      occurredAt: timeText(event.occurredAtMs),
      recordedAt: timeText(recordedAtMs),
      payload: payload as Record<string, unknown>,
    };
  }
}
