import type { DomainEvent, TenantId } from '@bulkhead/domain';
import {
  type AskedPages,
  type LogListener,
  type StreamAt,
  type StreamPage,
  UnknownStoredEvent,
  UnreadableStoredEvent,
} from '@bulkhead/event-store';
import type { Timers } from '../sources.js';

/** How long nothing is read after a reading, however fast the log grows: readers get batches instead. */
export const ROUND_EVERY_MS = 50;
/** How long it is waited for a wake-up before the log is looked at anyhow. */
export const WATCH_POLL_MS = 1_000;
/** Tenants whose streams are read at once, so that requests find connections too. */
const READS_AT_ONCE_MAX = 2;
/** Readings in a row that may fail before those who wait are told; there is a poll between them. */
const FAILURES_MAX = 10;

export interface StreamWatchParts {
  /** Started when somebody watches for the first time. */
  readonly growth: Pick<LogListener, 'growths' | 'waitForGrowth' | 'start'>;
  readonly moved: <S extends StreamAt>(streams: readonly S[]) => Promise<readonly S[]>;
  readonly readPages: (asked: AskedPages) => Promise<readonly StreamPage[]>;
  readonly timers: Timers;
}

/** A stream that is read on from a version. */
export interface WatchedStream extends StreamAt {
  readonly tenantId: TenantId;
  /** Events that are passed over. */
  readonly without: readonly DomainEvent['type'][];
}

interface Waiting extends WatchedStream {
  readonly give: (page: StreamPage) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Reads streams on as they grow, for everyone in the process who waits for one: woken by the log, one query
 * finds out which of them have grown, and one a tenant reads those. Nothing is asked while nobody waits.
 */
export class StreamWatch {
  private readonly waiting = new Set<Waiting>();
  private isStarted = false;
  private isWatching = false;
  private more = new AbortController();
  private failures = 0;

  constructor(private readonly parts: StreamWatchParts) {}

  /** What follows in the stream, as soon as something does. @throws the signal's reason, or why it cannot be read */
  next(watched: WatchedStream, signal: AbortSignal): Promise<StreamPage> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const leave = () => {
        signal.removeEventListener('abort', gone);
        this.waiting.delete(waiting);
      };
      const waiting: Waiting = {
        ...watched,
        give: (page) => {
          leave();
          resolve(page);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const gone = () => waiting.fail(signal.reason);
      signal.addEventListener('abort', gone, { once: true });
      this.waiting.add(waiting);
      this.more.abort();
      if (!this.isWatching) void this.watch();
    });
  }

  /** Runs while anyone waits. */
  private async watch(): Promise<void> {
    const { growth, timers } = this.parts;
    if (!this.isStarted) growth.start();
    this.isStarted = true;
    this.isWatching = true;
    while (this.waiting.size > 0) {
      this.more = new AbortController();
      const heard = growth.growths;
      const isRead = await this.readMoved();
      await new Promise<void>((resolve) => timers.after(ROUND_EVERY_MS, resolve));
      // Whoever came during a failed reading finds the same trouble: only time helps.
      const { signal } = isRead ? this.more : new AbortController();
      const since = isRead ? heard : growth.growths;
      if (this.waiting.size > 0) await growth.waitForGrowth(WATCH_POLL_MS, signal, since);
    }
    this.isWatching = false;
  }

  /** False where it failed, and is to be tried again. */
  private async readMoved(): Promise<boolean> {
    try {
      const moved = await this.parts.moved([...this.waiting]);
      const ofTenants = grouped(moved);
      for (let from = 0; from < ofTenants.length; from += READS_AT_ONCE_MAX) {
        const some = ofTenants.slice(from, from + READS_AT_ONCE_MAX);
        await Promise.all(some.map((streams) => this.read(streams)));
      }
      this.failures = 0;
      return true;
    } catch (error) {
      this.failures += 1;
      if (this.failures < FAILURES_MAX) return false;
      this.failures = 0;
      for (const waiting of [...this.waiting]) waiting.fail(error);
      return true;
    }
  }

  private async read(streams: readonly Waiting[]): Promise<void> {
    const [first] = streams;
    if (first === undefined) return;
    const { tenantId: owner, without } = first;
    try {
      const pages = await this.parts.readPages({ owner, streams, without });
      for (const [at, waiting] of streams.entries()) {
        const page = pages[at];
        if (page !== undefined && page.throughVersion > waiting.version) waiting.give(page);
      }
    } catch (error) {
      // Waiting does not help where this process is too old for what was recorded, or nobody can read it.
      const isTheirs =
        error instanceof UnknownStoredEvent || error instanceof UnreadableStoredEvent;
      if (!isTheirs) throw error;
      if (streams.length === 1) first.fail(error);
      else await this.readInHalves(streams);
    }
  }

  /** One event that cannot be read is of one stream only, and those beside it go on: a few more queries find which. */
  private async readInHalves(streams: readonly Waiting[]): Promise<void> {
    const middle = Math.ceil(streams.length / 2);
    await this.read(streams.slice(0, middle));
    await this.read(streams.slice(middle));
  }
}

/** One query reads streams of one tenant that pass over the same events. */
function grouped<W extends WatchedStream>(streams: readonly W[]): readonly (readonly W[])[] {
  const groups = new Map<string, W[]>();
  for (const stream of streams) {
    const key = `${stream.tenantId} ${stream.without.join(' ')}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(stream);
  }
  return [...groups.values()];
}
