import type {
  Clock,
  DomainEvent,
  EventMetadata,
  RecordedEvent,
  StreamId,
  TenantId,
  UuidSource,
} from '@bulkhead/domain';
import { type EncodedAppend, encodeAppend } from '../log/encode-append.js';
import {
  type Append,
  type Appended,
  type ContentPart,
  checkedLimit,
  ForeignStream,
  type IdempotentAnswer,
  type Owner,
  type ReadAllOptions,
  type StreamAllOptions,
  type StreamAppend,
  VersionConflict,
  type WholeLog,
} from '../log/event-log.js';
import { type KnownEvents, knownEvents } from '../log/known-events.js';
import { type Evolving, foldHistory, type StreamState } from '../log/stream-state.js';
import { AnswersInMemory } from './answers-in-memory.js';
import { ContentsInMemory } from './contents-in-memory.js';
import { pageByPage } from './page-by-page.js';

export interface InMemoryLogOptions {
  readonly clock: Clock;
  readonly newEventId: UuidSource;
  /** What this process can read; another version of the service in a test. */
  readonly knownEvents?: KnownEvents;
}

/** The pure twin of `PostgresLog`, for tests and simulations: same contract, no I/O, no time of its own. */
export class InMemoryLog implements WholeLog {
  private readonly events: RecordedEvent[] = [];
  private readonly streams = new Map<StreamId, RecordedEvent[]>();
  private readonly contents = new ContentsInMemory();
  private readonly answers: AnswersInMemory;
  private readonly known: KnownEvents;
  readonly lastPosition = (): Promise<number> => this.head();
  /** An append ends in the moment in which it begins. */
  readonly waitForAppends = async (): Promise<void> => {};

  constructor(private readonly options: InMemoryLogOptions) {
    this.known = options.knownEvents ?? knownEvents;
    this.answers = new AnswersInMemory(options.clock);
  }

  async append(append: Append): Promise<Appended> {
    const [encoded, nowMs] = [encodeAppend(append), this.options.clock()];
    this.answers.refuseAnswered(append.idempotentAnswer);
    this.refuseForeign(append.streams);
    for (const { stream, expectedVersion } of append.streams) this.expect(stream, expectedVersion);
    for (const { stream, version } of append.guards ?? []) this.expect(stream, version);
    this.contents.refuseKnown(append);
    return this.record(encoded, nowMs);
  }

  async readStream(owner: Owner, stream: StreamId, afterVersion = 0) {
    const events = this.streams.get(stream) ?? [];
    if (events[0]?.tenant !== owner) return [];
    return events.slice(afterVersion).map((recorded) => this.read(recorded));
  }

  async readState<S, E extends DomainEvent>(
    owner: Owner,
    stream: StreamId,
    decider: Evolving<S, E>,
  ): Promise<StreamState<S>> {
    return foldHistory(decider, await this.readStream(owner, stream));
  }

  async readPlatform(options: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    return this.select(options, ({ tenant }) => tenant === null);
  }

  async readAll(options: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    return this.select(options, () => true);
  }

  streamAll(options: StreamAllOptions) {
    return pageByPage((page) => this.select(page, () => true), this.events.length, options);
  }

  async readContent(tenant: TenantId, stream: StreamId, part = 0, sha256?: string) {
    return this.contents.read(tenant, { stream, part, ...(sha256 && { sha256 }) });
  }

  async readContents(tenant: TenantId, parts: readonly ContentPart[]): Promise<readonly unknown[]> {
    return parts.map((part) => this.contents.read(tenant, part));
  }

  async findAnswer(scope: string, route: string, key: string): Promise<IdempotentAnswer | null> {
    return this.answers.find({ scope, route, key });
  }

  async head(): Promise<number> {
    return this.events.length;
  }

  async nowMs(): Promise<number> {
    return Math.max(this.options.clock(), this.events.at(-1)?.recordedAtMs ?? 0);
  }

  protected select(options: ReadAllOptions, isWanted: (event: RecordedEvent) => boolean) {
    const { afterPosition, throughPosition = Number.POSITIVE_INFINITY, types } = options;
    const limit = checkedLimit(options.limit);
    const end = Math.min(throughPosition, this.events.length);
    const selected: RecordedEvent[] = [];
    for (let at = afterPosition; at < end && selected.length < limit; at += 1) {
      const event = this.events[at] as RecordedEvent;
      if (isWanted(event) && this.isOfType(event, types)) selected.push(this.read(event));
    }
    return selected;
  }

  /** A type that is not known is not passed over either. */
  private isOfType({ event: { type } }: RecordedEvent, types: ReadAllOptions['types']): boolean {
    return types === undefined || types.includes(type) || !this.known.knows(type);
  }

  /** As a reader gets it: in its newest version. @throws UnknownStoredEvent */
  private read(recorded: RecordedEvent): RecordedEvent {
    const event = this.known.read(recorded.position, recorded.event);
    return event === recorded.event ? recorded : { ...recorded, event };
  }

  private refuseForeign(streams: readonly StreamAppend[]): void {
    for (const { stream, owner } of streams) {
      const last = this.streams.get(stream)?.at(-1);
      if (last !== undefined && last.tenant !== owner) throw new ForeignStream(stream);
    }
  }

  private expect(stream: StreamId, expected: number): void {
    const actual = this.streams.get(stream)?.length ?? 0;
    if (actual !== expected) throw new VersionConflict(stream, expected, actual);
  }

  /** Nothing below may fail: whatever could be refused was refused before the first change. */
  private record({ append, metadata, payloads, contents, answer }: EncodedAppend, nowMs: number) {
    const recordedAtMs = Math.max(nowMs, this.events.at(-1)?.recordedAtMs ?? 0);
    const firstPosition = this.events.length + 1;
    let nr = 0;
    for (const { owner, stream, events } of append.streams) {
      for (const event of events) {
        this.push(owner, stream, recordedAtMs, metadata, { ...event, payload: payloads[nr] });
        nr += 1;
      }
    }
    this.contents.keep(append, contents);
    if (append.idempotentAnswer !== undefined) {
      const kept = { ...append.idempotentAnswer, body: JSON.parse(answer ?? 'null') };
      this.answers.keep(kept, recordedAtMs);
    }
    return { firstPosition, lastPosition: this.events.length, recordedAtMs };
  }

  /** Parsed from the stored text, so that a reader sees what Postgres would give and shares nothing. */
  private push(
    owner: Owner,
    stream: StreamId,
    recordedAtMs: number,
    metadata: string,
    {
      type,
      schemaVersion,
      occurredAtMs,
      payload,
    }: Omit<DomainEvent, 'payload'> & {
      readonly payload: string | undefined;
    },
  ): void {
    const history = this.streams.get(stream) ?? [];
    this.streams.set(stream, history);
    const recorded: RecordedEvent = {
      position: this.events.length + 1,
      eventId: this.options.newEventId(),
      stream,
      version: history.length + 1,
      tenant: owner,
      recordedAtMs,
      metadata: JSON.parse(metadata) as EventMetadata,
      event: {
        type,
        schemaVersion,
        occurredAtMs,
        payload: JSON.parse(payload ?? 'null'),
      } as DomainEvent,
    };
    history.push(recorded);
    this.events.push(recorded);
  }
}
