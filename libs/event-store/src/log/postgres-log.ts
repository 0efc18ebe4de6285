import type {
  DomainEvent,
  RecordedEvent,
  StreamId,
  TenantId,
  TimeMs,
  UuidSource,
} from '@bulkhead/domain';
import pg from 'pg';
import type { NextTurn } from '../slices/slices.js';
import { appendGroup } from './append.js';
import { AppendQueue, type Outcome, WAITING_LIMITS, type WaitingLimits } from './append-queue.js';
import { ContentReads } from './content-reads.js';
import { type EncodedAppend, encodeAppend, encodeInSlices, isLarge } from './encode-append.js';
import {
  type Append,
  type Appended,
  type ContentPart,
  type IdempotentAnswer,
  InvalidAppend,
  type LogBatch,
  type Owner,
  type ReadAllOptions,
  type StreamAllOptions,
  type WholeLog,
} from './event-log.js';
import { findAnswer } from './find-answer.js';
import { type KnownEvents, knownEvents } from './known-events.js';
import { LogNotifier } from './log-notifier.js';
import { readAll, readHead, readLastPosition, readNow } from './read-all.js';
import { readContents } from './read-content.js';
import { readPlatform } from './read-platform.js';
import { type KeptStates, readState } from './read-state.js';
import { readStream } from './read-stream.js';
import { streamAll } from './stream-all.js';
import { type Evolving, foldHistory, type StreamState } from './stream-state.js';
import { turnsOfProcess } from './turns.js';
import { waitForAppends } from './wait-for-appends.js';

export interface PostgresLogOptions {
  /** From `openPool`; the role behind it decides what works: the audit role cannot append. */
  readonly pool: pg.Pool;
  readonly newEventId: UuidSource;
  /** How many groups may be on their way at once. */
  readonly groupsInFlightMax?: number;
  /** How much may wait before an append is refused as too much; by default 10,000 appends and 64 MiB. */
  readonly waitingLimits?: Partial<WaitingLimits>;
  /** Read models whose states spare the log the reading of long streams; without any, all is read. */
  readonly keptStates?: readonly KeptStates[];
  /** What this process can read; another version of the service in a test. */
  readonly knownEvents?: KnownEvents;
  /** Between the slices in which a large append is made; by default turns of the event loop. */
  readonly nextTurn?: NextTurn;
}

/** While one group waits for its flush, the next is sent, parsed and waiting for the log's lock; a third gains nothing. */
const GROUPS_IN_FLIGHT_MAX = 2;

/** The event log in Postgres. */
export class PostgresLog implements WholeLog {
  private readonly pool: pg.Pool;
  private readonly newEventId: UuidSource;
  private readonly known: KnownEvents;
  private readonly nextTurn: NextTurn;
  private readonly keptStates: readonly KeptStates[];
  private readonly queue: AppendQueue;
  private readonly notifier: LogNotifier;
  private readonly contents: ContentReads;

  constructor(options: PostgresLogOptions) {
    this.pool = options.pool;
    this.newEventId = options.newEventId;
    this.known = options.knownEvents ?? knownEvents;
    this.nextTurn = options.nextTurn ?? turnsOfProcess;
    this.keptStates = options.keptStates ?? [];
    this.notifier = new LogNotifier(options.pool);
    this.contents = new ContentReads((tenant, parts) => this.readContents(tenant, parts));
    this.queue = new AppendQueue(
      (group) => this.send(group),
      options.groupsInFlightMax ?? GROUPS_IN_FLIGHT_MAX,
      { ...WAITING_LIMITS, ...options.waitingLimits },
    );
  }

  async append(append: Append): Promise<Appended> {
    const encoded = isLarge(append)
      ? await encodeInSlices(append, this.nextTurn)
      : encodeAppend(append);
    return this.queue.push(encoded);
  }

  readStream(owner: Owner, stream: StreamId, afterVersion = 0): Promise<readonly RecordedEvent[]> {
    return readStream(this.pool, owner, stream, afterVersion, this.known);
  }

  async readState<S, E extends DomainEvent>(
    owner: Owner,
    stream: StreamId,
    decider: Evolving<S, E>,
  ): Promise<StreamState<S>> {
    const kept = this.keptStates.find(
      (one) => one.decider === decider && stream.startsWith(one.prefix),
    );
    if (kept === undefined) return foldHistory(decider, await this.readStream(owner, stream));
    return readState(this.pool, owner, stream, decider, kept, this.known);
  }

  readPlatform(options: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    return readPlatform(this.pool, options, this.known);
  }

  readContent(tenant: TenantId, stream: StreamId, part = 0, sha256?: string): Promise<unknown> {
    return this.contents.read(tenant, stream, part, sha256);
  }

  readContents(tenant: TenantId, parts: readonly ContentPart[]): Promise<readonly unknown[]> {
    return readContents(this.pool, tenant, parts);
  }

  findAnswer(scope: string, route: string, key: string): Promise<IdempotentAnswer | null> {
    return findAnswer(this.pool, scope, route, key);
  }

  readAll(options: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    return readAll(this.pool, options, this.known);
  }

  streamAll(options: StreamAllOptions): AsyncIterable<LogBatch> {
    return streamAll(this.pool, options, this.known);
  }

  lastPosition(): Promise<number> {
    return readLastPosition(this.pool);
  }

  waitForAppends(): Promise<void> {
    return waitForAppends(this.pool);
  }

  head(): Promise<number> {
    return readHead(this.pool);
  }

  nowMs(): Promise<TimeMs> {
    return readNow(this.pool);
  }

  private async send(group: readonly EncodedAppend[]): Promise<readonly Outcome[]> {
    const wakes = this.notifier.takeTurn();
    try {
      const outcomes = await appendGroup(this.pool, group, this.newEventId, wakes);
      if (!wakes) this.notifier.logHasGrown();
      return outcomes;
    } catch (error) {
      // What earlier appends left to this one to say has not been said.
      if (wakes) this.notifier.logHasGrown();
      if (!isFaultOfData(error)) throw error;
      if (group.length > 1) return this.sendOneByOne(group);
      throw new InvalidAppend(`Postgres refused the append: ${error.message}`, { cause: error });
    }
  }

  /** One member's data made Postgres refuse the group; the others must not suffer for it. */
  private async sendOneByOne(group: readonly EncodedAppend[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const member of group) {
      outcomes.push(...(await this.send([member]).catch((error: unknown) => [error as Error])));
    }
    return outcomes;
  }
}

/** SQLSTATE classes 22 (bad value), 23 (constraint), 54 (too large): another member would not meet them. */
function isFaultOfData(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^(22|23|54)/.test(error.code ?? '');
}
