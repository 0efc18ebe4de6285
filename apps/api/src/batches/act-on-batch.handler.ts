import { type BatchAct, batchDecider, type Clock, isId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import type { BatchView } from './batch.schema.js';
import { batchNames } from './batch-names.js';
import { batchView } from './batch-view.js';

export class ActOnBatch extends Command<BatchView> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly act: BatchAct,
    readonly reason: string | null,
  ) {
    super();
  }
}

/** Pauses, resumes or cancels. Repeating it changes nothing; a batch that has ended is a conflict. */
@CommandHandler(ActOnBatch)
export class ActOnBatchHandler implements ICommandHandler<ActOnBatch> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id, act, reason }: ActOnBatch): Promise<BatchView> {
    const { tenantId } = caller;
    if (!isId('bat', id)) throw notFound('batch');
    const executed = await executeFor(caller, {
      log: this.log,
      owner: tenantId,
      stream: id,
      decider: batchDecider,
      command: { kind: act, reason, nowMs: this.clock() },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    const [name = null] = await batchNames(this.log, tenantId, [id]);
    return batchView(executed.state, name, this.clock());
  }
}
