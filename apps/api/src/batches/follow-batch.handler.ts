import {
  type BatchEvent,
  type BatchId,
  batchDecider,
  isId,
  type RecordedEvent,
  type TenantId,
} from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { badStreamId, notFound } from '../problems/problems.js';
import { EVENT_LOG } from '../sources.js';
import type { FrameStream } from '../streams/frame-stream.js';
import { OpenStreams } from '../streams/open-streams.js';
import type { StreamFrame } from '../streams/stream-frame.js';
import { type LastEventId, StreamIds } from '../streams/stream-ids.js';
import { StreamWatch } from '../streams/stream-watch.js';
import { batchEventView, withBatchEvent } from './batch-event-view.js';

export class FollowBatch extends Query<FrameStream> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly lastEventId: LastEventId,
  ) {
    super();
  }
}

/** The tasks as they were asked for are megabytes that no progress needs. */
const WITHOUT = ['BatchTasksAdded'] as const;

/** How a batch comes on, until it has ended. Ids are sealed. */
@QueryHandler(FollowBatch)
export class FollowBatchHandler implements IQueryHandler<FollowBatch> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    private readonly streams: OpenStreams,
    private readonly watch: StreamWatch,
    private readonly ids: StreamIds,
  ) {}

  execute({ caller, id, lastEventId }: FollowBatch): Promise<FrameStream> {
    const { tenantId } = caller;
    return this.streams.open(caller, async () => {
      if (!isId('bat', id)) throw notFound('batch');
      const { version } = await this.log.readState(tenantId, id, batchDecider);
      if (version === 0) throw notFound('batch');
      const after = this.ids.open(id, lastEventId);
      if (after > version) throw badStreamId();
      return (signal) => this.frames(tenantId, id, after, signal);
    });
  }

  /** Whoever goes on is shown only what comes after, but where the batch stands follows from all of it. */
  private async *frames(
    tenantId: TenantId,
    stream: BatchId,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<StreamFrame> {
    let state = batchDecider.initialState;
    for (let version = 0; ; ) {
      const watched = { tenantId, stream, version, without: WITHOUT };
      const page = await this.watch.next(watched, signal);
      version = page.throughVersion;
      for (const recorded of page.events as readonly RecordedEvent<BatchEvent>[]) {
        state = withBatchEvent(state, recorded.event);
        const isNew = recorded.version > after;
        const data = isNew ? batchEventView(recorded, state) : null;
        if (data !== null) yield { id: this.ids.seal(stream, recorded.version), data };
        if (state.endedAtMs === null) continue;
        yield { event: 'end', data: { status: state.status } };
        return;
      }
    }
  }
}
