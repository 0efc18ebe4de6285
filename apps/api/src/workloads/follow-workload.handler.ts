import {
  isId,
  isTerminal,
  type RecordedEvent,
  type TenantId,
  type WorkloadEvent,
  type WorkloadId,
  type WorkloadState,
  workloadDecider,
} from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { notFound } from '../problems/problems.js';
import { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { EVENT_LOG } from '../sources.js';
import type { FrameStream } from '../streams/frame-stream.js';
import { OpenStreams } from '../streams/open-streams.js';
import type { StreamFrame } from '../streams/stream-frame.js';
import { type LastEventId, versionAfter } from '../streams/stream-ids.js';
import { StreamWatch } from '../streams/stream-watch.js';
import { workloadEventView } from './workload-event-view.js';

export class FollowWorkload extends Query<FrameStream> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly lastEventId: LastEventId,
  ) {
    super();
  }
}

/** What happened to a workload and what happens to it, until it has ended. Ids are versions of its stream. */
@QueryHandler(FollowWorkload)
export class FollowWorkloadHandler implements IQueryHandler<FollowWorkload> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    private readonly streams: OpenStreams,
    private readonly watch: StreamWatch,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  execute({ caller, id, lastEventId }: FollowWorkload): Promise<FrameStream> {
    const { tenantId } = caller;
    return this.streams.open(caller, async () => {
      if (!isId('wl', id)) throw notFound('workload');
      const { state, version } = await this.log.readState(tenantId, id, workloadDecider);
      if (version === 0) throw notFound('workload');
      const after = versionAfter(lastEventId, version);
      const isOver = isTerminal(state.status) && after === version;
      return (signal) => this.frames(tenantId, id, isOver ? state : after, signal);
    });
  }

  /** @param from the version to go on after, or the state in which nothing more will come */
  private async *frames(
    tenantId: TenantId,
    stream: WorkloadId,
    from: number | WorkloadState,
    signal: AbortSignal,
  ): AsyncGenerator<StreamFrame> {
    if (typeof from !== 'number') {
      yield endFrame(from.status);
      return;
    }
    for (let version = from; ; ) {
      const watched = { tenantId, stream, version, without: [] };
      const page = await this.watch.next(watched, signal);
      version = page.throughVersion;
      for (const recorded of page.events as readonly RecordedEvent<WorkloadEvent>[]) {
        const data = workloadEventView(this.pseudonyms, tenantId, recorded);
        yield { id: String(recorded.version), data };
        const status = endOf(recorded.event);
        if (status !== null) {
          yield endFrame(status);
          return;
        }
      }
    }
  }
}

const ends: Readonly<Partial<Record<WorkloadEvent['type'], WorkloadState['status']>>> = {
  WorkloadSucceeded: 'succeeded',
  WorkloadFailed: 'failed',
  WorkloadCancelled: 'cancelled',
  WorkloadTimedOut: 'timed-out',
  WorkloadRejected: 'rejected',
};

/** How the workload has ended with this event; null where it goes on. */
export function endOf({ type }: WorkloadEvent): WorkloadState['status'] | null {
  return ends[type] ?? null;
}

function endFrame(status: WorkloadState['status']): StreamFrame {
  return { event: 'end', data: { status } };
}
