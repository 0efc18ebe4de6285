import {
  type BatchEvent,
  type BatchId,
  batchDecider,
  type Clock,
  fold,
  prefixedId,
  type TenantId,
  type UuidSource,
} from '@bulkhead/domain';
import {
  type EventLog,
  OpenWork,
  type Room,
  type SealedFacts,
  sealTasks,
} from '@bulkhead/event-store';
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
import { type LetIn, SubmissionAdmission } from '../limits/submission-admission.js';
import { withRoom } from '../limits/with-room.js';
import { rejected } from '../problems/problems.js';
import {
  CLOCK,
  EVENT_LOG,
  NEW_UUID,
  NEXT_TURN,
  type NextTurn,
  RANDOM_BYTES,
  type RandomBytes,
} from '../sources.js';
import { requestOf } from '../workloads/content.js';
import type { TaskBody } from '../workloads/submission.schema.js';
import type { BatchSubmissionBody, BatchView } from './batch.schema.js';
import { type AdmittedBatch, admitBatch, takeRoomOfBatch } from './batch-admission.js';
import { withContent, withoutContent } from './batch-answer.js';
import { batchTasksInSlices } from './batch-tasks.js';
import { deadlineOf, predecessorsOf } from './batch-terms.js';
import { batchView } from './batch-view.js';
import { LargeBatches } from './large-batches.js';
import { contentOfTask } from './task-index.js';

export class SubmitBatch extends Command<Answer<BatchView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly batch: BatchSubmissionBody,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

@CommandHandler(SubmitBatch)
export class SubmitBatchHandler implements ICommandHandler<SubmitBatch> {
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

  async execute(command: SubmitBatch): Promise<Answer<BatchView>> {
    const { caller, batch, idempotency } = command;
    const { tenantId } = caller;
    const taskCount = batch.tasks?.length ?? batch.count ?? 0;
    const answer = await answerOnce(this.log, idempotency, () =>
      this.large.run(tenantId, taskCount, () =>
        withRoom(this.openWork, { tenantId, kind: 'batches' }, (room) =>
          this.submit(command, room),
        ),
      ),
    );
    return withContent(this.log, tenantId, answer);
  }

  private async submit(
    { caller, batch, idempotency }: SubmitBatch,
    room: Room,
  ): Promise<Created<BatchView>> {
    const { tenantId } = caller;
    const batchId = prefixedId('bat', this.newUuid());
    const tasks = await batchTasksInSlices(batch, this.nextTurn);
    await takeRoomOfBatch(this.log, room, tenantId, tasks.length);
    const sealed = await this.seal(tenantId, batchId, batch.name, tasks);
    const contents = sealed.rows;
    const requests = tasks.map((task, index) => {
      const facts = sealed.facts[index] as SealedFacts;
      return { ...requestOf(task, facts.contentSha256), ...facts };
    });
    const deadlineAtMs = deadlineOf(batch, this.clock());
    const after = await predecessorsOf(this.log, tenantId, batch);
    const maxParallel = batch.maxParallel ?? null;
    const asked = { tenantId, batchId, tasks, maxParallel, idempotency };
    let answer: FirstAnswer<BatchView> | null = null;
    let admitted: AdmittedBatch | null = null;
    const executed = await executeFor(caller, {
      log: this.log,
      owner: tenantId,
      stream: batchId,
      decider: batchDecider,
      command: async () => {
        const before: LetIn | null = admitted?.letIn ?? null;
        admitted = await admitBatch(this.log, this.admission, asked, before);
        return {
          kind: 'submit-batch',
          ...{ batchId, tenantId, tasks: requests, maxParallel },
          maxFailures: batch.maxFailures ?? null,
          contentSha256: sealed.nameSha256,
          ...{ deadlineAtMs, after, nowMs: this.clock() },
        } as const;
      },
      alongside: (events) => {
        const state = fold(batchDecider, events as readonly BatchEvent[]);
        answer = { status: 202, body: batchView(state, batch.name, this.clock()) };
        const guards = admitted === null ? [] : [admitted.guard];
        const kept = withoutContent(answer.body);
        return { guards, contents, ...rememberedAnswer(idempotency, answer.status, kept) };
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    if (answer === null) throw new Error('a batch was accepted without events');
    const created = { ...(answer as FirstAnswer<BatchView>), appended: executed.appended };
    const headers = (admitted as AdmittedBatch | null)?.letIn?.headers;
    return headers === undefined ? created : { ...created, headers };
  }

  private seal(tenantId: TenantId, batchId: BatchId, name: string, tasks: readonly TaskBody[]) {
    const contentOf = (index: number) => contentOfTask(tasks[index] as TaskBody, index);
    const batch = { tenantId, batchId, name: { name }, count: tasks.length, contentOf };
    return sealTasks(batch, this.randomBytes, this.nextTurn);
  }
}
