import type { DomainEvent, RecordedEvent, StreamId, TenantId } from '@bulkhead/domain';
import {
  type Append,
  type Appended,
  AppendOutcomeUnknown,
  type ContentPart,
  type IdempotentAnswer,
  LogUnavailable,
  type Owner,
  READ_LIMIT_MAX,
  type ReadAllOptions,
  type StreamAllOptions,
  type WholeLog,
} from '@bulkhead/event-store';
import { InMemoryLog, type LogBatch } from '@bulkhead/event-store/in-memory';
import type { Link, Network } from './network.js';
import { calmLink } from './network.js';
import type { ProcessLife } from './process-life.js';

type Evolving<S, E extends DomainEvent> = {
  readonly initialState: S;
  evolve(state: S, event: E): S;
};

const LOG_TIMEOUT_MS = 1_000;

/** The way of one process to the log, and to everything else that lies in the database. */
export function linkToLog(): Link {
  return {
    rates: calmLink,
    isCut: false,
    timeoutMs: LOG_TIMEOUT_MS,
    repeats: false,
    failure: (sent) =>
      sent
        ? new AppendOutcomeUnknown('the connection was lost before the append was answered')
        : new LogUnavailable('unreachable'),
  };
}

/** The log of the world. Nothing that it has answered is ever lost, as the real one promises. */
export class SimulatedLog extends InMemoryLog {
  private readonly listeners = new Set<() => void>();
  private lookedAt = 0;
  private readonly onlookers: ((recorded: RecordedEvent) => void)[] = [];

  override append(append: Append): Promise<Appended> {
    const appended = super.append(append);
    const options = { afterPosition: this.lookedAt, limit: READ_LIMIT_MAX };
    const recorded = this.select(options, () => true);
    if (recorded.length > 0) this.grown(recorded);
    return appended;
  }

  /** Called for every event, in the order of positions, before anybody else can know of it. */
  onAppended(onlooker: (recorded: RecordedEvent) => void): void {
    this.onlookers.push(onlooker);
  }

  /** Called after every append. The answer ends it. */
  onGrowth(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private grown(recorded: readonly RecordedEvent[]): void {
    this.lookedAt += recorded.length;
    for (const one of recorded) for (const look of this.onlookers) look(one);
    for (const listener of this.listeners) listener();
  }
}

/** The log as one process sees it, over its link. */
export class LogPort implements WholeLog {
  constructor(
    private readonly log: SimulatedLog,
    private readonly life: ProcessLife,
    private readonly network: Network,
    private readonly link: Link,
  ) {}

  append(append: Append): Promise<Appended> {
    return this.network.write(this.life, this.link, () => this.log.append(append));
  }

  readStream(owner: Owner, stream: StreamId, afterVersion = 0): Promise<readonly RecordedEvent[]> {
    return this.call(() => this.log.readStream(owner, stream, afterVersion));
  }

  readState<S, E extends DomainEvent>(owner: Owner, stream: StreamId, decider: Evolving<S, E>) {
    return this.call(() => this.log.readState(owner, stream, decider));
  }

  readPlatform(options: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    return this.call(() => this.log.readPlatform(options));
  }

  readAll(options: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    return this.call(() => this.log.readAll(options));
  }

  async *streamAll(options: StreamAllOptions): AsyncGenerator<LogBatch> {
    yield* await this.call(async () => {
      const batches: LogBatch[] = [];
      for await (const batch of this.log.streamAll(options)) batches.push(batch);
      return batches;
    });
  }

  readContent(tenant: TenantId, stream: StreamId, part = 0, sha256?: string): Promise<unknown> {
    return this.call(() => this.log.readContent(tenant, stream, part, sha256));
  }

  readContents(tenant: TenantId, parts: readonly ContentPart[]): Promise<readonly unknown[]> {
    return this.call(() => this.log.readContents(tenant, parts));
  }

  findAnswer(scope: string, route: string, key: string): Promise<IdempotentAnswer | null> {
    return this.call(() => this.log.findAnswer(scope, route, key));
  }

  /** What comes late here is late on its way, and nothing that could be waited for. */
  waitForAppends(): Promise<void> {
    return this.call(() => this.log.waitForAppends());
  }

  head(): Promise<number> {
    return this.call(() => this.log.head());
  }

  nowMs(): Promise<number> {
    return this.call(() => this.log.nowMs());
  }

  lastPosition(): Promise<number> {
    return this.call(() => this.log.lastPosition());
  }

  private call<T>(effect: () => Promise<T>): Promise<T> {
    return this.network.call(this.life, this.link, effect);
  }
}
