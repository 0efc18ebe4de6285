import { runJob } from '../../../apps/worker/src/jobs/run-job.js';
import { type Job, QUEUE_OF, type QueueName } from '../../../apps/worker/src/queue/job.js';
import type { ProcessLife } from './process-life.js';
import type { JobTaker } from './simulated-queue.js';
import type { WorldParts } from './world-parts.js';

/** Of each queue, as where no setting says otherwise. */
const JOBS_AT_ONCE_MAX = 50;

/** What one life of a worker takes from the queues; the way there and back goes over the network. */
export class JobsInHand implements JobTaker {
  private readonly counts = new Map<QueueName, number>();
  private whenIdle: () => void = () => {};

  constructor(
    private readonly parts: WorldParts,
    private readonly life: ProcessLife,
    private readonly jobs: Parameters<typeof runJob>[0],
  ) {}

  hasRoom(name: QueueName): boolean {
    return !this.life.isDead && this.count(name) < JOBS_AT_ONCE_MAX;
  }

  take(job: Job, done: (error: unknown) => void): void {
    const { queue, time } = this.parts;
    const name = QUEUE_OF[job.kind];
    this.counts.set(name, this.count(name) + 1);
    const end = (error: unknown) => {
      this.counts.set(name, this.count(name) - 1);
      if (this.isIdle()) this.whenIdle();
      time.after(this.delayMs(), () => {
        done(error);
        queue.handOut();
      });
    };
    const run = () => {
      if (!this.life.step()) return;
      runJob(this.jobs, job).then(() => end(null), end);
    };
    time.after(this.delayMs(), () => this.life.deliver(run));
  }

  /** Resolves when the last of them has ended. */
  async finished(): Promise<void> {
    if (this.isIdle()) return;
    await new Promise<void>((resolve) => {
      this.whenIdle = resolve;
    });
  }

  private count(name: QueueName): number {
    return this.counts.get(name) ?? 0;
  }

  private isIdle(): boolean {
    return [...this.counts.values()].every((count) => count === 0);
  }

  private delayMs(): number {
    const { network, connections } = this.parts;
    return network.delayMs(connections.rates.toLog);
  }
}
