import type { TenantId, WorkloadId } from '@bulkhead/domain';
import {
  type EventLog,
  type OutputFilter,
  type OutputMark,
  type ReadChunk,
  readOutput,
} from '@bulkhead/event-store';
import type pg from 'pg';
import { Cursors } from '../../paging/cursors.js';
import { type Page, readPage } from '../../paging/page.js';
import { timeText } from '../../sources.js';
import { readWorkloadHistory } from '../read-workload.js';
import type { LogChunkView, WorkloadLogsRequest } from './workload-logs.schema.js';

/** Chunks of one statement, where all of them are given. */
const CHUNKS_AT_ONCE = 200;
/** Attempts are counted from 1, offsets from 0; neither is written with zeros in front. */
const MARK = /^([1-9]\d{0,9})\.(0|[1-9]\d{0,9})$/;
/** The largest that the store can hold, and so compare with. */
const MARK_NUMBER_MAX = 2_147_483_647;

/** Which part of a workload's output is asked for. */
export type LogsWanted = Pick<WorkloadLogsRequest, 'attempt' | 'stream' | 'cursor'>;

/** What workloads wrote, as their tenant reads it. */
export class WorkloadLogs {
  constructor(
    private readonly log: Pick<EventLog, 'readStream'>,
    private readonly pool: pg.Pool,
    private readonly cursors: Cursors,
  ) {}

  /** @throws RequestProblem where the workload is not the tenant's, or the cursor of another list */
  async page(
    tenantId: TenantId,
    id: string,
    request: WorkloadLogsRequest,
  ): Promise<Page<LogChunkView>> {
    await readWorkloadHistory(this.log, tenantId, id);
    const page = await readPage(
      this.cursors,
      bindingOf(tenantId, id, request),
      request,
      (after, limit) =>
        this.read(tenantId, id as WorkloadId, {
          ...filterOf(request),
          after: markOf(after),
          limit,
        }),
      markText,
    );
    return { items: page.items.map(chunkView), nextCursor: page.nextCursor };
  }

  /**
   * Everything from the cursor on, read bit by bit as it is taken.
   * @throws RequestProblem as `page`, before the first bit
   */
  async all(
    tenantId: TenantId,
    id: string,
    request: LogsWanted,
  ): Promise<AsyncGenerator<readonly ReadChunk[]>> {
    await readWorkloadHistory(this.log, tenantId, id);
    const { cursor } = request;
    const binding = bindingOf(tenantId, id, request);
    const after = cursor === undefined ? null : markOf(this.cursors.open(binding, cursor));
    return this.rest(tenantId, id as WorkloadId, request, after);
  }

  /** What is stored by now after that mark, of a workload that is known to be the tenant's. */
  async *rest(
    tenantId: TenantId,
    id: WorkloadId,
    request: LogsWanted,
    after: OutputMark | null,
  ): AsyncGenerator<readonly ReadChunk[]> {
    const filter = filterOf(request);
    for (let mark = after; ; ) {
      const chunks = await this.read(tenantId, id, {
        ...filter,
        after: mark,
        limit: CHUNKS_AT_ONCE,
      });
      if (chunks.length > 0) yield chunks;
      mark = chunks.at(-1) ?? mark;
      if (chunks.length < CHUNKS_AT_ONCE) return;
    }
  }

  private read(tenantId: TenantId, id: WorkloadId, filter: OutputFilter) {
    return readOutput(this.pool, tenantId, id, filter);
  }
}

function filterOf({ attempt, stream }: LogsWanted) {
  return { attempt, streams: stream === undefined ? undefined : [stream] };
}

function bindingOf(tenantId: TenantId, id: string, { attempt, stream }: LogsWanted) {
  return { list: `workloads/${id}/logs`, scope: tenantId, filters: { attempt, stream } };
}

/** Where a reader has come to, as text: what a stream of them is resumed by. */
export function markText({ attempt, offset }: OutputMark): string {
  return `${attempt}.${offset}`;
}

/** Null where the text is none that `markText` makes of a stored chunk. */
export function markOf(text: string | null): OutputMark | null {
  const [, attempt, offset] = MARK.exec(text ?? '') ?? [];
  if (attempt === undefined) return null;
  const mark = { attempt: Number(attempt), offset: Number(offset) };
  return Math.max(mark.attempt, mark.offset) > MARK_NUMBER_MAX ? null : mark;
}

export function chunkView({ attempt, offset, stream, writtenAtMs, text }: ReadChunk): LogChunkView {
  return { attempt, offset, stream, writtenAt: timeText(writtenAtMs), text };
}
