import {
  type AdvisoryCommand,
  type AdvisoryEvent,
  type AdvisoryId,
  advisoryDecider,
  type Clock,
  fold,
  prefixedId,
  type TimeMs,
  type UuidSource,
} from '@bulkhead/domain';
import type { EventLog, StreamAppend } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import {
  type Answer,
  answerOnce,
  type Created,
  type IdempotentRequest,
  rememberedAnswer,
} from '../idempotency/idempotency.js';
import { rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG, NEW_UUID } from '../sources.js';
import {
  type AdvisoryPublicationBody,
  type AdvisoryView,
  advisoryView,
} from './advisory.schema.js';
import { boardAppend } from './advisory-board.js';

export class PublishAdvisory extends Command<Answer<AdvisoryView>> {
  constructor(
    readonly caller: Caller,
    readonly publication: AdvisoryPublicationBody,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

/** From this append on, no silo is placed or started on a kernel that the advisory breaks. */
@CommandHandler(PublishAdvisory)
export class PublishAdvisoryHandler implements ICommandHandler<PublishAdvisory> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
  ) {}

  execute(command: PublishAdvisory): Promise<Answer<AdvisoryView>> {
    return answerOnce(this.log, command.idempotency, () => this.publish(command));
  }

  private async publish(command: PublishAdvisory): Promise<Created<AdvisoryView>> {
    const { caller, publication, idempotency } = command;
    const nowMs = this.clock();
    const advisoryId = prefixedId('adv', this.newUuid());
    const advisory = advisoryOf(advisoryId, publication, nowMs);
    let board: StreamAppend | null = null;
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: advisoryId,
      decider: advisoryDecider,
      isNew: true,
      command: async (): Promise<AdvisoryCommand> => {
        board = await boardAppend(this.log, { advisoryId, change: 'published', nowMs });
        return { kind: 'publish-advisory', advisory, nowMs };
      },
      alongside: (events) => {
        const state = fold(advisoryDecider, events as readonly AdvisoryEvent[]);
        const answer = rememberedAnswer(idempotency, 201, advisoryView(state, nowMs));
        return { ...answer, streams: board === null ? [] : [board] };
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return { status: 201, body: advisoryView(executed.state, nowMs), appended: executed.appended };
  }
}

function advisoryOf(
  advisoryId: AdvisoryId,
  { from, until, builds, ...told }: AdvisoryPublicationBody,
  nowMs: TimeMs,
) {
  const fromMs = from === undefined ? nowMs : Date.parse(from);
  const untilMs = until === undefined ? null : Date.parse(until);
  return { advisoryId, ...told, builds, window: { fromMs, untilMs } };
}
