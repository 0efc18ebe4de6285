import { type Clock, isId, workloadDecider } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { notFound, rejected } from '../problems/problems.js';
import { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { isHostLost, readWorkloadHistory } from './read-workload.js';
import { cancelledView, type WorkloadWithCancellation } from './workload-content.js';
import { workloadView } from './workload-view.js';

export class CancelWorkload extends Command<WorkloadWithCancellation> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly reason: string | null,
  ) {
    super();
  }
}

/** Repeating it changes nothing; a workload that ended in another way is a conflict. */
@CommandHandler(CancelWorkload)
export class CancelWorkloadHandler implements ICommandHandler<CancelWorkload> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  async execute({ caller, id, reason }: CancelWorkload): Promise<WorkloadWithCancellation> {
    if (!isId('wl', id)) throw notFound('workload');
    const executed = await executeFor(caller, {
      log: this.log,
      owner: caller.tenantId,
      stream: id,
      decider: workloadDecider,
      command: { kind: 'cancel', reason, nowMs: this.clock() },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    const hostLost = await isHostLost(this.log, executed.state);
    const view = workloadView(executed.state, { hostLost, pseudonyms: this.pseudonyms });
    const cancelled =
      cancelledView(executed.events) ?? (await this.earlierCancellation(caller, id));
    return { ...view, cancelled };
  }

  /** The one that holds where this one recorded nothing. */
  private async earlierCancellation({ tenantId }: TenantCaller, id: string) {
    const history = await readWorkloadHistory(this.log, tenantId, id);
    return cancelledView(history.map(({ event }) => event));
  }
}
