import { type Clock, queueDecider, queueStream, type RetryQueue } from '@bulkhead/domain';
import type { EventLog, ToldQueue, ToldQueues } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { named, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG, TOLD_QUEUES } from '../sources.js';
import { type QueueActView, queueView } from './queue.schema.js';

export class RetryQueueJobs extends Command<QueueActView> {
  constructor(
    readonly caller: Caller,
    readonly name: string,
    readonly reason: string,
  ) {
    super();
  }
}

/** Records what the operator says. A worker that follows the log has the jobs taken up again. */
@CommandHandler(RetryQueueJobs)
export class RetryQueueJobsHandler implements ICommandHandler<RetryQueueJobs> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(TOLD_QUEUES) private readonly queues: ToldQueues,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, name, reason }: RetryQueueJobs): Promise<QueueActView> {
    const told = await this.read(name);
    const { failed: failedJobs, newestFailureAtMs: newestFailureMs } = told;
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: queueStream(name),
      decider: queueDecider,
      command: (): RetryQueue => {
        const nowMs = this.clock();
        return { kind: 'retry', queue: name, reason, failedJobs, newestFailureMs, nowMs };
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    const which = failedJobs === 1 ? 'The failed job' : `Each of the ${failedJobs} failed jobs`;
    const consequence = `${which} of queue ${name} is tried anew within seconds, as often as at first, and kept as failed again where that fails too.`;
    return { queue: queueView(told), consequence };
  }

  private async read(name: string): Promise<ToldQueue> {
    return named('queue', name, await this.queues.list());
  }
}
