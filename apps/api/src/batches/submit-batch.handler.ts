import {
  type BatchEvent,
  batchDecider,
  type Clock,
  fold,
  prefixedId,
  type UuidSource,
} from '@bulkhead/domain';
import {
  CONTENT_PARTS,
  type ContentRow,
  contentRows,
  type EventLog,
  sealContent,
  sealedFacts,
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
import { RequestProblem } from '../problems/problem.js';
import { rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG, NEW_UUID, RANDOM_BYTES, type RandomBytes } from '../sources.js';
import { requestOf } from '../workloads/content.js';
import type { SubmissionBody } from '../workloads/submission.schema.js';
import type { BatchSubmissionBody, BatchView } from './batch.schema.js';
import { type AdmittedBatch, admitBatch } from './batch-admission.js';
import { withContent, withoutContent } from './batch-answer.js';
import { batchTasks } from './batch-tasks.js';
import { deadlineOf, predecessorsOf } from './batch-terms.js';
import { batchView } from './batch-view.js';
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

/** What tasks may add up to once defaults were put into each: a small body can otherwise mean gigabytes. */
export const BATCH_EXPANDED_MAX_BYTES = 16 * 1024 * 1024;

@CommandHandler(SubmitBatch)
export class SubmitBatchHandler implements ICommandHandler<SubmitBatch> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
    private readonly admission: SubmissionAdmission,
  ) {}

  async execute(command: SubmitBatch): Promise<Answer<BatchView>> {
    const answer = await answerOnce(this.log, command.idempotency, () => this.submit(command));
    return withContent(this.log, command.caller.tenantId, answer);
  }

  private async submit({ caller, batch, idempotency }: SubmitBatch): Promise<Created<BatchView>> {
    const { tenantId } = caller;
    const batchId = prefixedId('bat', this.newUuid());
    const tasks = batchTasks(batch);
    refuseTooLarge(tasks);
    const name = sealContent({ name: batch.name }, this.randomBytes);
    const parts = CONTENT_PARTS.batch;
    const contents: ContentRow[] = [...contentRows(tenantId, batchId, parts.name, name)];
    const requests = tasks.map((task, index) => {
      const content = sealContent(contentOfTask(task, index), this.randomBytes);
      contents.push(...contentRows(tenantId, batchId, parts.task(index), content));
      return { ...requestOf(task, content.sha256), ...sealedFacts(content) };
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
          contentSha256: name.sha256,
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
}

/** @throws RequestProblem */
export function refuseTooLarge(tasks: readonly SubmissionBody[]): void {
  let bytes = 0;
  let previous: SubmissionBody | null = null;
  let size = 0;
  for (const task of tasks) {
    if (task !== previous) size = Buffer.byteLength(JSON.stringify(task));
    previous = task;
    bytes += size;
    if (bytes > BATCH_EXPANDED_MAX_BYTES) {
      throw new RequestProblem({
        status: 413,
        code: 'BATCH_TOO_LARGE',
        title: 'The tasks of the batch are too large',
        detail: `With the defaults put into each, they may have ${BATCH_EXPANDED_MAX_BYTES} bytes.`,
      });
    }
  }
}
