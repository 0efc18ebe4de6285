import {
  event,
  type StreamId,
  type TenantId,
  type WorkloadCancelRequested,
} from '@bulkhead/domain';
import { PostgresLog } from '@bulkhead/event-store';
import type pg from 'pg';
import { v7 } from 'uuid';
import { liveRows } from '../../libs/event-store/src/projections/live-rows.js';
import { WorkloadRow } from '../../libs/event-store/src/projections/workloads.js';
import { ANSWER, type Contestant, LONG_STREAM, listedTenant } from './contestant.js';

const PAGE_ROWS = 50;
const METADATA = {
  actor: { kind: 'system', id: 'bench' },
  correlationId: 'bench',
  causationPosition: null,
} as const;

/** What the api does for a request, done again and again. */
export interface Case {
  readonly name: string;
  /** How often in a row: turns are short, so that others on the machine disturb both alike. */
  readonly times: number;
  of(contestant: Contestant): () => Promise<unknown>;
}

export interface OwnedStream {
  readonly stream: StreamId;
  readonly tenant: TenantId;
}

/** Streams of workloads as the log has them, for reads that do not find the same pages every time. */
export async function someStreams(admin: pg.Client): Promise<readonly OwnedStream[]> {
  const { rows } = await admin.query<OwnedStream>(
    `SELECT stream, min(tenant) AS tenant FROM log.events
      WHERE stream LIKE 'wl\\_%' AND tenant IS NOT NULL
      GROUP BY stream HAVING count(*) BETWEEN 8 AND 16 ORDER BY stream LIMIT 500`,
  );
  return rows;
}

export function cases(streams: readonly OwnedStream[]): readonly Case[] {
  const reading = (act: (log: PostgresLog, nr: number) => Promise<unknown>) => {
    return ({ pool }: Contestant) => {
      const log = new PostgresLog({ pool, newEventId: v7 });
      let nr = 0;
      return () => act(log, nr++);
    };
  };
  return [
    {
      name: 'readStream',
      times: 20,
      of: reading((log, nr) => {
        const { stream, tenant } = streams[nr % streams.length] as OwnedStream;
        return log.readStream(tenant, stream);
      }),
    },
    {
      name: 'readLongStream',
      times: 2,
      of: reading((log) => log.readStream(listedTenant, LONG_STREAM)),
    },
    {
      name: 'findAnswer',
      times: 20,
      of: reading((log) => log.findAnswer(listedTenant, ANSWER.route, ANSWER.key)),
    },
    { name: 'listPage', times: 10, of: listPage },
    { name: 'append', times: 10, of: reading((log) => log.append(newAppend())) },
  ];
}

/** A page as `GET /v1/workloads` reads it, without what TypeORM makes of the rows. */
function listPage({ pool, lists }: Contestant): () => Promise<unknown> {
  const query = liveRows(lists, WorkloadRow, 'workloads', 'w', listedTenant);
  query.andWhere('w.tenantId = :tenantId', { tenantId: listedTenant });
  query.orderBy('w.workloadId', 'DESC').limit(PAGE_ROWS);
  const [text, values] = query.getQueryAndParameters();
  return () => pool.query({ text, values });
}

function newAppend() {
  const noted = event<WorkloadCancelRequested>('WorkloadCancelRequested', Date.now(), {
    reason: 'a bench',
  });
  const stream: StreamId = `wl_${v7().replaceAll('-', '')}`;
  const key = v7();
  return {
    streams: [{ owner: listedTenant, stream, expectedVersion: 0, events: [noted] }],
    idempotentAnswer: {
      scope: listedTenant,
      route: ANSWER.route,
      key,
      requestSha256: '',
      status: 202,
      body: { id: stream },
    },
    metadata: METADATA,
  } as const;
}
