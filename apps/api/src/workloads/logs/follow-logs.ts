import {
  isId,
  isTerminal,
  type TenantId,
  type WorkloadEvent,
  type WorkloadId,
  type WorkloadStatus,
  workloadDecider,
} from '@bulkhead/domain';
import type { EventLog, OutputMark, StreamPage } from '@bulkhead/event-store';
import type { TenantCaller } from '../../auth/caller.js';
import { badStreamId, notFound } from '../../problems/problems.js';
import type { Timers } from '../../sources.js';
import type { FrameStream } from '../../streams/frame-stream.js';
import type { OpenStreams } from '../../streams/open-streams.js';
import type { StreamFrame } from '../../streams/stream-frame.js';
import type { LastEventId } from '../../streams/stream-ids.js';
import type { StreamWatch } from '../../streams/stream-watch.js';
import { endOf } from '../follow-workload.handler.js';
import {
  chunkView,
  type LogsWanted,
  markOf,
  markText,
  type WorkloadLogs,
} from './workload-logs.js';

/** Between two looks for more; the pause doubles up to the longest while nothing is found. */
export const LOOK_PAUSES = { firstMs: 500, longestMs: 4_000 } as const;

export interface FollowLogsParts {
  readonly log: Pick<EventLog, 'readState'>;
  readonly logs: Pick<WorkloadLogs, 'rest'>;
  readonly streams: Pick<OpenStreams, 'open'>;
  readonly watch: Pick<StreamWatch, 'next'>;
  readonly timers: Timers;
}

/** How far the workload itself has come: its stream's version, and its end. */
interface Seen {
  readonly version: number;
  readonly end: WorkloadStatus | null;
}

/** What a workload wrote and what it writes, until it has ended. */
export class FollowLogs {
  constructor(private readonly parts: FollowLogsParts) {}

  /** @throws RequestProblem where the workload is not the caller's, or the id is none of this stream */
  open(
    caller: TenantCaller,
    id: string,
    wanted: LogsWanted,
    lastEventId: LastEventId,
  ): Promise<FrameStream> {
    const { tenantId } = caller;
    return this.parts.streams.open(caller, async () => {
      if (!isId('wl', id)) throw notFound('workload');
      const { state, version } = await this.parts.log.readState(tenantId, id, workloadDecider);
      if (version === 0) throw notFound('workload');
      const after = markAfter(lastEventId);
      const seen = { version, end: isTerminal(state.status) ? state.status : null };
      return (signal) => this.frames({ tenantId, id, wanted }, { after, seen }, signal);
    });
  }

  /** Its end is known before the last look, and all was stored before its end: nothing is missed. */
  private async *frames(
    { tenantId, id, wanted }: { tenantId: TenantId; id: WorkloadId; wanted: LogsWanted },
    from: { readonly after: OutputMark | null; readonly seen: Seen },
    signal: AbortSignal,
  ): AsyncGenerator<StreamFrame> {
    let { after, seen } = from;
    let moving: Promise<Seen> | null = null;
    for (let pauseMs: number = LOOK_PAUSES.firstMs; ; ) {
      const { end } = seen;
      let found = 0;
      for await (const chunks of this.parts.logs.rest(tenantId, id, wanted, after)) {
        for (const chunk of chunks) yield { id: markText(chunk), data: chunkView(chunk) };
        found += chunks.length;
        after = chunks.at(-1) ?? after;
      }
      if (end !== null) {
        yield { event: 'end', data: { status: end } };
        return;
      }
      pauseMs = found > 0 ? LOOK_PAUSES.firstMs : Math.min(pauseMs * 2, LOOK_PAUSES.longestMs);
      moving ??= this.moved(tenantId, id, seen, signal);
      const moved = await this.pause(moving, pauseMs);
      if (moved === null) continue;
      seen = moved;
      moving = null;
    }
  }

  private async moved(
    tenantId: TenantId,
    stream: WorkloadId,
    { version }: Seen,
    signal: AbortSignal,
  ): Promise<Seen> {
    const watched = { tenantId, stream, version, without: [] };
    return seenIn(await this.parts.watch.next(watched, signal));
  }

  /** Null where the time was over first. @throws what `moving` throws, which ends the stream */
  private async pause(moving: Promise<Seen>, pauseMs: number): Promise<Seen | null> {
    let cancel = () => {};
    const late = new Promise<null>((resolve) => {
      cancel = this.parts.timers.after(pauseMs, () => resolve(null));
    });
    try {
      return await Promise.race([moving, late]);
    } finally {
      cancel();
    }
  }
}

function seenIn({ events, throughVersion: version }: StreamPage): Seen {
  const ends = events.map(({ event }) => endOf(event as WorkloadEvent));
  return { version, end: ends.find((status) => status !== null) ?? null };
}

function markAfter(sent: LastEventId): OutputMark | null {
  if (sent === undefined || sent === '') return null;
  const mark = typeof sent === 'string' ? markOf(sent) : null;
  if (mark === null) throw badStreamId();
  return mark;
}
