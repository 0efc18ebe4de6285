import {
  type BatchId,
  type BatchState,
  batchDecider,
  type Clock,
  isId,
  prefixedId,
  tasksToRetry,
  type UuidSource,
} from '@bulkhead/domain';
import { type EventLog, OpenWork, type Room } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import {
  type Answer,
  answerOnce,
  type Created,
  type FirstAnswer,
  type IdempotentRequest,
  rememberedAnswer,
} from '../idempotency/idempotency.js';
import { SubmissionAdmission } from '../limits/submission-admission.js';
import { withRoom } from '../limits/with-room.js';
import { notFound, rejected } from '../problems/problems.js';
import {
  CLOCK,
  EVENT_LOG,
  NEW_UUID,
  NEXT_TURN,
  type NextTurn,
  RANDOM_BYTES,
  type RandomBytes,
} from '../sources.js';
import type { BatchView } from './batch.schema.js';
import { type AdmittedBatch, admitBatch, takeRoomOfBatch } from './batch-admission.js';
import { withContent, withoutContent } from './batch-answer.js';
import { batchNames } from './batch-names.js';
import {
  type BatchRetry,
  batchRetry,
  contentIsThere,
  retryEvents,
  retryState,
} from './batch-retry.js';
import { batchView } from './batch-view.js';
import { LARGE_FROM_TASKS, LargeBatches } from './large-batches.js';

export class RetryFailed extends Command<Answer<BatchView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly reason: string | null,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

/** The batch that retries and the note of it on the one that is retried are one append. */
@CommandHandler(RetryFailed)
export class RetryFailedHandler implements ICommandHandler<RetryFailed> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
    private readonly admission: SubmissionAdmission,
    private readonly openWork: OpenWork,
    private readonly large: LargeBatches,
    @Inject(NEXT_TURN) private readonly nextTurn: NextTurn,
  ) {}

  async execute(command: RetryFailed): Promise<Answer<BatchView>> {
    const { tenantId } = command.caller;
    // How many tasks it will have is only known once they were read.
    const answer = await answerOnce(this.log, command.idempotency, () =>
      this.large.run(tenantId, LARGE_FROM_TASKS, () =>
        withRoom(this.openWork, { tenantId, kind: 'batches' }, (room) => this.retry(command, room)),
      ),
    );
    return withContent(this.log, tenantId, answer);
  }

  private async retry(command: RetryFailed, room: Room): Promise<Created<BatchView>> {
    const { caller, id, reason, idempotency } = command;
    const { tenantId } = caller;
    if (!isId('bat', id)) throw notFound('batch');
    const retryBatchId = prefixedId('bat', this.newUuid());
    let made: Made | null = null;
    let answer: FirstAnswer<BatchView> | null = null;
    const executed = await executeFor(caller, {
      log: this.log,
      owner: tenantId,
      stream: id,
      decider: batchDecider,
      command: async (state: BatchState) => {
        if (isRetryable(state)) {
          const tasks = tasksToRetry(state).length;
          const othersSpeak = () => contentIsThere(this.log, state);
          await takeRoomOfBatch(this.log, room, tenantId, tasks, othersSpeak);
          made = await this.make(command, state, retryBatchId, made);
        }
        return { kind: 'retry-failed', retryBatchId, reason, nowMs: this.clock() } as const;
      },
      alongside: () => {
        if (made === null) throw new Error('a batch is retried that cannot be');
        const { retry, admitted } = made;
        const body = batchView(retryState(retry), retry.name, this.clock());
        answer = { status: 202, body };
        const stream = { owner: tenantId, stream: retryBatchId, expectedVersion: 0 };
        return {
          streams: [{ ...stream, events: retryEvents(retry) }],
          guards: [admitted.guard],
          contents: retry.contents,
          ...rememberedAnswer(idempotency, answer.status, withoutContent(body)),
        };
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    // Whoever lost a race had made a batch of which nothing was recorded.
    if (answer === null || executed.appended === null) {
      return this.earlier(caller, executed.state.retriedBy);
    }
    const created = { ...(answer as FirstAnswer<BatchView>), appended: executed.appended };
    const headers = (made as Made | null)?.admitted.letIn?.headers;
    return headers === undefined ? created : { ...created, headers };
  }

  private async make(
    { caller, idempotency }: RetryFailed,
    state: Retryable,
    batchId: BatchId,
    before: Made | null,
  ): Promise<Made> {
    const { tenantId } = caller;
    const { randomBytes, nextTurn } = this;
    const sealing = { randomBytes, nextTurn };
    const retry = await batchRetry(this.log, sealing, state, batchId, this.clock());
    const { tasks, maxParallel } = retry.command;
    const asked = { tenantId, batchId, tasks, maxParallel, idempotency };
    const letIn = before?.admitted.letIn ?? null;
    return { retry, admitted: await admitBatch(this.log, this.admission, asked, letIn) };
  }

  /** The batch that somebody had it retried by before. */
  private async earlier(caller: TenantCaller, id: BatchId | null): Promise<Created<BatchView>> {
    if (id === null) throw new Error('a retry was accepted without events');
    const [{ state }, [name = null]] = await Promise.all([
      this.log.readState(caller.tenantId, id, batchDecider),
      batchNames(this.log, caller.tenantId, [id]),
    ]);
    return { status: 202, body: batchView(state, name, this.clock()), appended: null };
  }
}

interface Made {
  readonly retry: BatchRetry;
  readonly admitted: AdmittedBatch;
}

type Retryable = Parameters<typeof batchRetry>[2];

/** Where nothing speaks against it; what does, the decider says. */
function isRetryable(state: BatchState): state is Retryable {
  const { batchId, tenantId, status, retriedBy } = state;
  const isOwned = batchId !== null && tenantId !== null;
  return isOwned && (status === 'failed' || status === 'cancelled') && retriedBy === null;
}
