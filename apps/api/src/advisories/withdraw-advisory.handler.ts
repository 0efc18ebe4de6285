import { type AdvisoryCommand, advisoryDecider, type Clock, isId } from '@bulkhead/domain';
import type { EventLog, StreamAppend } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { type AdvisoryView, advisoryView } from './advisory.schema.js';
import { boardAppend } from './advisory-board.js';

export class WithdrawAdvisory extends Command<AdvisoryView> {
  constructor(
    readonly caller: Caller,
    readonly id: string,
    readonly reason: string,
  ) {
    super();
  }
}

/** What waited for a kernel that the advisory broke is looked at again. */
@CommandHandler(WithdrawAdvisory)
export class WithdrawAdvisoryHandler implements ICommandHandler<WithdrawAdvisory> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id, reason }: WithdrawAdvisory): Promise<AdvisoryView> {
    if (!isId('adv', id)) throw notFound('advisory');
    const nowMs = this.clock();
    let board: StreamAppend | null = null;
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: id,
      decider: advisoryDecider,
      command: async (): Promise<AdvisoryCommand> => {
        board = await boardAppend(this.log, { advisoryId: id, change: 'withdrawn', nowMs });
        return { kind: 'withdraw-advisory', reason, nowMs };
      },
      alongside: () => ({ streams: board === null ? [] : [board] }),
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return advisoryView(executed.state, nowMs);
  }
}
