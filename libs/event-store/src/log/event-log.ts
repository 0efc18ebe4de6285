import type {
  AnyEvent,
  DomainEvent,
  EventMetadata,
  RecordedEvent,
  StreamId,
  TenantId,
  TimeMs,
} from '@bulkhead/domain';
import type { PostgresTrouble } from '../postgres-trouble.js';
import type { LogBatch, ReadAllOptions, StreamAllOptions } from './read-options.js';
import type { Evolving, StreamState } from './stream-state.js';

export * from './read-options.js';

/** Whose streams a call touches: one tenant's, or the platform's own. */
export type Owner = TenantId | null;

/** New events of one stream. They get the versions `expectedVersion + 1`, `+ 2`, … in the order given. */
export interface StreamAppend {
  readonly owner: Owner;
  readonly stream: StreamId;
  /** The version that the writer saw; 0 for a stream that must not exist yet. */
  readonly expectedVersion: number;
  readonly events: readonly DomainEvent[];
}

/** A stream that is not written but must still have the version that the writer saw. */
export interface Guard {
  readonly stream: StreamId;
  readonly version: number;
}

/** Which content of which stream, and what its event says of it, where somebody compares. */
export type ContentPart = Pick<ContentRow, 'stream' | 'part'> & { readonly sha256?: string };

/** Tenant content, kept beside the log and erasable. `sha256(salt ‖ canonical JSON of body)` stands in the event. */
export interface ContentRow {
  readonly tenant: TenantId;
  /** The stream whose event carries the hash, and which content of that stream it is (0 unless it has many). */
  readonly stream: StreamId;
  readonly part: number;
  /** 32 random bytes, hex; erased together with the body. */
  readonly saltHex: string;
  readonly body: unknown;
}

/** The answer of a request, so that a repetition gets the same one. Never holds a secret. */
export interface IdempotentAnswer {
  /** Tenant id, or the role for platform routes: keys of one never meet keys of another. */
  readonly scope: string;
  readonly route: string;
  readonly key: string;
  readonly requestSha256: string;
  readonly status: number;
  readonly body: unknown;
}

/** One all-or-nothing unit. At most 1,000 events and 64 streams (`APPEND_LIMITS`). */
export interface Append {
  readonly streams: readonly StreamAppend[];
  readonly guards?: readonly Guard[];
  readonly contents?: readonly ContentRow[];
  readonly idempotentAnswer?: IdempotentAnswer;
  readonly metadata: EventMetadata;
}

export interface Appended {
  /** Position of the first event; the others follow it without a gap, in the order given. */
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly recordedAtMs: TimeMs;
}

export const APPEND_LIMITS = { events: 1_000, streams: 64 } as const;

/** A stream or guard had moved on: read again, decide again. Nothing was recorded. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
  constructor(
    readonly stream: StreamId,
    readonly expectedVersion: number,
    readonly actualVersion: number,
  ) {
    super(`stream ${stream} is at version ${actualVersion}, not ${expectedVersion}`);
  }
}

/** The idempotency key was used before; the first answer is in `earlier`. Nothing was recorded. */
export class AlreadyAnswered extends Error {
  override readonly name = 'AlreadyAnswered';
  constructor(readonly earlier: IdempotentAnswer) {
    super(`idempotency key was used before on ${earlier.route}`);
  }
}

/** A stream of that id belongs to someone else. Nothing was recorded. */
export class ForeignStream extends Error {
  override readonly name = 'ForeignStream';
  constructor(readonly stream: StreamId) {
    super(`stream ${stream} has another owner`);
  }
}

/** Too many appends are waiting; the caller should try again after a pause. Nothing was recorded. */
export class LogOverloaded extends Error {
  override readonly name = 'LogOverloaded';
}

/**
 * Postgres takes no appends at the moment: it cannot be reached, is read-only, has no room left or did
 * not get to it in time. The caller should try again after a pause. Nothing was recorded.
 */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
  constructor(
    readonly trouble: PostgresTrouble,
    options?: ErrorOptions,
  ) {
    super(`the log takes no appends now: ${trouble}`, options);
  }
}

/** The append itself is wrong (too large, a stream named twice, text that cannot be stored). Nothing was recorded. */
export class InvalidAppend extends Error {
  override readonly name = 'InvalidAppend';
}

/**
 * The connection was lost between sending an append and hearing its answer, so it may or may not have
 * been recorded. Read the stream (or repeat the request with its idempotency key) to find out.
 */
export class AppendOutcomeUnknown extends Error {
  override readonly name = 'AppendOutcomeUnknown';
}

/** What a stored event looks like when this process does not know its type or schema version. */
export class UnknownStoredEvent extends Error {
  override readonly name = 'UnknownStoredEvent';
  /** Nothing else of the event: errors reach logs, and what it holds must not. */
  readonly stored: Pick<AnyEvent, 'type' | 'schemaVersion'>;

  constructor(
    readonly position: number,
    { type, schemaVersion }: Pick<AnyEvent, 'type' | 'schemaVersion'>,
  ) {
    super(
      `position ${position} holds ${type} version ${schemaVersion}, which this process does not know`,
    );
    this.stored = { type, schemaVersion };
  }
}

/** How long an idempotency key is remembered. */
export const ANSWER_KEPT_MS = 24 * 60 * 60 * 1000;

/** Appends and reads for one stream owner at a time. */
export interface EventLog {
  /** @throws VersionConflict, AlreadyAnswered, ForeignStream, LogOverloaded, LogUnavailable, InvalidAppend, AppendOutcomeUnknown */
  append(append: Append): Promise<Appended>;
  /** A stream's events in order; empty where the stream does not exist or belongs to someone else. */
  readStream(
    owner: Owner,
    stream: StreamId,
    afterVersion?: number,
  ): Promise<readonly RecordedEvent[]>;
  /**
   * What a stream's events lead to: with version 0 where it does not exist or belongs to someone else.
   * Never behind the log. Where the state of a long stream is kept, only what came after it is read.
   */
  readState<S, E extends DomainEvent>(
    owner: Owner,
    stream: StreamId,
    decider: Evolving<S, E>,
  ): Promise<StreamState<S>>;
  /** Platform events (owner null) of these types, in order: what a decision needs to know of the fleet. */
  readPlatform(options: ReadAllOptions): Promise<readonly RecordedEvent[]>;
  /** The content of a stream's part; null where it was erased or never was. @throws AlteredContent where it has not this `sha256` */
  readContent(tenant: TenantId, stream: StreamId, part?: number, sha256?: string): Promise<unknown>;
  /** The same of many parts at once, in the order asked for; an AlteredContent stands in the place of one. */
  readContents(tenant: TenantId, parts: readonly ContentPart[]): Promise<readonly unknown[]>;
  /** The answer stored for a key, unless it is older than 24 h. */
  findAnswer(scope: string, route: string, key: string): Promise<IdempotentAnswer | null>;
  /** Position of the newest event, also where the caller may not see it; 0 when the log is empty. */
  lastPosition(): Promise<number>;
  /** Ends when each append has ended that Postgres had begun with, whoever still waits for it. @throws LogUnavailable */
  waitForAppends(): Promise<void>;
}

/** The whole log, across tenants: for the worker and for audit only. */
export interface WholeLog extends EventLog {
  readAll(options: ReadAllOptions): Promise<readonly RecordedEvent[]>;
  /** The same in one go, batch after batch, for whoever is far behind; up to where the log ends now. */
  streamAll(options: StreamAllOptions): AsyncIterable<LogBatch>;
  /** Position of the newest event; 0 when the log is empty. */
  head(): Promise<number>;
  /** When an event that were appended now would be recorded, by the clock that gives `recordedAtMs`. */
  nowMs(): Promise<TimeMs>;
}
