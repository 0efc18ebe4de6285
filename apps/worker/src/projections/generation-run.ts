import {
  Consumer,
  consumerOf,
  type Generation,
  holdGeneration,
  NEVER_ANEW,
} from '@bulkhead/event-store';
import type { ConsumerSurroundings, KeptProjection } from './consumer-surroundings.js';

/** A read model may trail a little; larger batches cost less for each event. */
export const BATCH_LIMIT = 2_000;

/** The consumer that makes one generation, while this process takes part in it. */
export class GenerationRun {
  readonly consumer: Consumer;
  private readonly over = new AbortController();
  private readonly done: Promise<void>;

  constructor(
    readonly generation: Generation,
    projection: KeptProjection,
    around: ConsumerSurroundings,
    signal: AbortSignal,
  ) {
    const { generation: number } = generation;
    this.consumer = new Consumer({
      ...around,
      name: consumerOf(generation),
      types: projection.types,
      startAfter: NEVER_ANEW,
      skips: 'stream',
      batchLimit: around.batchLimit ?? BATCH_LIMIT,
      apply: async (batch, transaction) => {
        await holdGeneration(transaction, number);
        await projection.project(batch, transaction, number);
      },
    });
    this.done = this.consumer.run(AbortSignal.any([signal, this.over.signal]));
  }

  /** Ends when the batch in hand has been committed or rolled back. */
  async stop(): Promise<void> {
    this.over.abort();
    await this.done;
  }
}
