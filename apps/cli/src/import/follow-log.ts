import type { RecordedEvent } from '@bulkhead/domain';
import { counted } from '../output/counted.js';
import type { RunRecord } from './run-record.js';

export interface Following {
  readonly readPage: (
    afterPosition: number,
  ) => Promise<{ readonly events: readonly RecordedEvent[]; readonly isEnd: boolean }>;
  readonly record: RunRecord;
  /** Workloads that must come to their end; null while they are still being submitted. */
  readonly expected: () => number | null;
  /** The import has failed elsewhere: nothing more is to be followed. */
  readonly isOver: () => boolean;
  /** After so long without any news of this import it is given up. */
  readonly stallMs: number;
  readonly pollMs: number;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly progress: (record: RunRecord) => void;
}

/** How the following ended, filled in when it has. */
export interface Followed {
  position: number;
  /** Why it was given up, or null. */
  stalled: string | null;
}

/**
 * The whole log from its first event on, as it grows, until every expected workload is at its end or
 * nothing happens any more. Each event is folded into the record and handed on; none is kept.
 */
export async function* followLog(
  following: Following,
  followed: Followed,
): AsyncGenerator<RecordedEvent> {
  const { record, nowMs, expected } = following;
  let eventsBefore = -1;
  let newsAtMs = nowMs();
  while (!following.isOver()) {
    const wanted = expected();
    const { events, isEnd } = await following.readPage(followed.position);
    for (const event of events) {
      followed.position = event.position;
      record.see(event);
      yield event;
    }
    following.progress(record);
    if (!isEnd) continue;
    // What was wanted before the page was read is in it, or in one before.
    if (wanted !== null && record.finished >= wanted) return;
    if (record.events !== eventsBefore || wanted === null) newsAtMs = nowMs();
    eventsBefore = record.events;
    if (nowMs() - newsAtMs > following.stallMs) {
      followed.stalled = stallSentence(following, wanted ?? 0);
      return;
    }
    await following.sleep(following.pollMs);
  }
}

function stallSentence({ record, stallMs }: Following, wanted: number): string {
  const seconds = Math.round(stallMs / 1_000);
  const missing = wanted - record.finished;
  const notEnded = `${counted(missing, 'workload has', 'workloads have')} not ended`;
  return `Nothing happened for ${seconds} s, and ${notEnded} (of ${wanted}; ${record.running} running).`;
}
