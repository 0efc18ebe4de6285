import {
  type ConsumerEvent,
  consumerDecider,
  consumerStream,
  fold,
  type RecordedEvent,
  type StreamId,
} from '@bulkhead/domain';
import type { EntityManager } from 'typeorm';
import type { ConsumerOptions } from './consumer-options.js';

const LOAD =
  'SELECT stream, min(position) AS position FROM consumers.skips WHERE name = $1 GROUP BY 1';

const RECORD = `
  INSERT INTO consumers.skips (name, position, stream, skipped_at)
  SELECT $1, position, stream, clock_timestamp()
    FROM unnest($2::bigint[], $3::text[]) AS s (position, stream)`;

/** Which events operators had one consumer leave out, as its own stream in the log says. */
export class Skips {
  private constructor(
    private readonly options: ConsumerOptions,
    /** How many acts of operators are known here; a newer one may be the answer to a stop. */
    readonly actsSeen: number,
    private readonly positions: ReadonlySet<number>,
    /** Streams that have a gap here, and where it begins. */
    private readonly gaps: Map<StreamId, number>,
  ) {}

  static async load(options: ConsumerOptions): Promise<Skips> {
    const { log, dataSource, name } = options;
    const acts = await log.readStream(null, consumerStream(name));
    const { skippedPositions } = fold(
      consumerDecider,
      acts.map(({ event }) => event as ConsumerEvent),
    );
    const rows: { stream: StreamId; position: string }[] = await dataSource.query(LOAD, [name]);
    const gaps = new Map(rows.map(({ stream, position }) => [stream, Number(position)]));
    return new Skips(options, acts.length, new Set(skippedPositions), gaps);
  }

  /** Those of a batch that an operator had the consumer leave out. */
  among(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    if (this.positions.size === 0) return [];
    return events.filter(({ position }) => this.positions.has(position));
  }

  /**
   * The rest of a batch. Where a result is made stream by stream, what follows a gap in a stream cannot
   * be applied either: that stream's result stays as it was before the gap.
   */
  without(
    skipped: readonly RecordedEvent[],
    events: readonly RecordedEvent[],
  ): readonly RecordedEvent[] {
    if (skipped.length === 0 && this.gaps.size === 0) return events;
    const left = new Set(skipped.map(({ position }) => position));
    const gaps = new Map([...skipped.map(gapAt), ...this.gaps]);
    const isBehindGap = ({ stream, position }: RecordedEvent) =>
      this.options.skips === 'stream' && position > (gaps.get(stream) ?? position);
    return events.filter((one) => !left.has(one.position) && !isBehindGap(one));
  }

  /** Within the transaction that takes the checkpoint past them. */
  async record(transaction: EntityManager, skipped: readonly RecordedEvent[]): Promise<void> {
    if (skipped.length === 0) return;
    const columns = [skipped.map(({ position }) => position), skipped.map(({ stream }) => stream)];
    await transaction.query(RECORD, [this.options.name, ...columns]);
  }

  /** After that transaction. */
  recorded(skipped: readonly RecordedEvent[]): void {
    for (const [stream, position] of skipped.map(gapAt)) {
      if (!this.gaps.has(stream)) this.gaps.set(stream, position);
    }
  }
}

function gapAt({ stream, position }: RecordedEvent): [StreamId, number] {
  return [stream, position];
}
