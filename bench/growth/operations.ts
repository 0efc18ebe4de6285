import type { StreamId, TenantId } from '@bulkhead/domain';
import { type AuditFilter, openPool, PostgresLog, readAudit } from '@bulkhead/event-store';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { sampleEvents, sampleMetadata, TENANT } from '../append/sample-data.js';
import type { LogDatabase } from '../histories/log-database.js';

/** Where in the log operations look: among the newest events, or anywhere. */
export type Reach = 'newest' | 'anywhere';

/** As many events as the smallest log has, so that all of them are asked for the same. */
export const NEWEST_EVENTS = 10_000;
const PAGE_EVENTS = 100;

export const AUDIT_FILTERS = [
  'unfiltered',
  'tenant',
  'type',
  'stream',
  'actor',
  'component',
  'from',
  'to',
  'tenantAndType',
] as const;
export type AuditFilterName = (typeof AUDIT_FILTERS)[number];
export type Operation = 'append' | 'streamRead' | AuditFilterName;

interface Sample {
  readonly position: string;
  readonly stream: StreamId;
  readonly tenant: TenantId;
  readonly type: 'WorkloadPlaced';
  readonly actor: string;
  readonly recordedMs: string;
}

/** A log of some size, and what is done to it. Every operation is one that the product does. */
export class GrownLog {
  private readonly worker: pg.Pool;
  private readonly audit: pg.Pool;
  private readonly log: PostgresLog;

  constructor(
    readonly events: number,
    { workerUrl, auditUrl }: LogDatabase,
  ) {
    this.worker = openPool({ url: workerUrl, applicationName: 'bench-growth' });
    this.audit = openPool({ url: auditUrl, applicationName: 'bench-growth-audit' });
    this.log = new PostgresLog({ pool: this.worker, newEventId: uuid });
  }

  /** Milliseconds of one operation, at a place that `chance` (0 to 1) chooses. */
  async time(operation: Operation, reach: Reach, chance: number): Promise<number> {
    const sample = await this.sample(reach, chance);
    const startedAt = performance.now();
    if (operation === 'append') await this.append();
    else if (operation === 'streamRead') await this.log.readStream(sample.tenant, sample.stream);
    else await readAudit(this.audit, filterFor(operation, sample));
    return performance.now() - startedAt;
  }

  async close(): Promise<void> {
    await Promise.all([this.worker.end(), this.audit.end()]);
  }

  private async append(): Promise<void> {
    const stream: StreamId = `wl_${uuid().replaceAll('-', '')}`;
    const events = sampleEvents(stream, 1);
    const streams = [{ owner: TENANT, stream, expectedVersion: 0, events }];
    await this.log.append({ streams, metadata: sampleMetadata(stream) });
  }

  /** A placement somewhere, so far from the end that full pages follow it. */
  private async sample(reach: Reach, chance: number): Promise<Sample> {
    const beginning = reach === 'newest' ? this.events - NEWEST_EVENTS : 0;
    const after = beginning + Math.floor(chance * 0.5 * (this.events - beginning));
    const { rows } = await this.audit.query<Sample>(SAMPLE, [after]);
    return rows[0] as Sample;
  }
}

const SAMPLE = `
  SELECT position, stream, tenant, type, metadata #>> '{actor,id}' AS actor,
         (date_part('epoch', recorded_at) * 1000)::bigint AS "recordedMs"
    FROM log.events WHERE position > $1 AND type = 'WorkloadPlaced' ORDER BY position LIMIT 1`;

/** What tenants do in the histories, they do with one credential. */
const CREDENTIAL = `cred_${'7'.repeat(32)}`;

function filterFor(name: AuditFilterName, sample: Sample): AuditFilter {
  const from = { afterPosition: Number(sample.position), limit: PAGE_EVENTS };
  const recordedMs = Number(sample.recordedMs);
  switch (name) {
    case 'unfiltered':
      return from;
    case 'tenant':
      return { ...from, tenant: sample.tenant };
    case 'type':
      return { ...from, type: sample.type };
    case 'stream':
      return { limit: PAGE_EVENTS, stream: sample.stream };
    case 'actor':
      return { ...from, actorId: CREDENTIAL };
    case 'component':
      return { ...from, actorId: sample.actor };
    case 'from':
      return { limit: PAGE_EVENTS, fromMs: recordedMs };
    case 'to':
      return { ...from, beforeMs: recordedMs + 60_000 };
    case 'tenantAndType':
      return { ...from, tenant: sample.tenant, type: sample.type };
  }
}
