import { Processor } from '@nestjs/bullmq';
import type { QueueName } from '../queue/job.js';
import type { JobTaking } from '../worker-process.js';
import { JobsProcessor, TAKER_OPTIONS } from './jobs.processor.js';

const queue = (name: QueueName) => Processor(name, TAKER_OPTIONS);

@queue('stops')
export class StopsProcessor extends JobsProcessor {}

@queue('releases')
export class ReleasesProcessor extends JobsProcessor {}

@queue('hosts')
export class HostsProcessor extends JobsProcessor {}

@queue('starts')
export class StartsProcessor extends JobsProcessor {}

/** One for each queue. */
export const QUEUE_PROCESSORS = [
  StopsProcessor,
  ReleasesProcessor,
  HostsProcessor,
  StartsProcessor,
] as const;

/** All of them as one. Each takes up to `concurrency` jobs at a time, so that none waits for another. */
export class JobTakers implements JobTaking {
  constructor(
    private readonly processors: readonly JobsProcessor[],
    private readonly concurrency: number,
    /** Whether the queues do not answer at this moment. */
    private readonly isAway: () => Promise<boolean>,
  ) {}

  async connected(): Promise<void> {
    await Promise.all(this.processors.map((processor) => processor.connected()));
  }

  async begin(): Promise<void> {
    await Promise.all(this.processors.map((processor) => processor.begin(this.concurrency)));
  }

  hold(): void {
    for (const processor of this.processors) processor.hold();
  }

  resume(): void {
    for (const processor of this.processors) processor.resume();
  }

  async finish(): Promise<void> {
    const isAway = await this.isAway();
    await Promise.all(this.processors.map((processor) => processor.finish(isAway)));
  }
}
