import {
  type Clock,
  prefixedId,
  type SubmitWorkload as Submit,
  type UuidSource,
  type WorkloadState,
  workloadDecider,
} from '@bulkhead/domain';
import {
  CONTENT_PARTS,
  contentRows,
  type EventLog,
  OpenWork,
  type Room,
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
import { takeRoom, withRoom } from '../limits/with-room.js';
import { type ProblemBody, problemBody } from '../problems/problem.js';
import { rejected } from '../problems/problems.js';
import { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { CLOCK, EVENT_LOG, NEW_UUID, RANDOM_BYTES, type RandomBytes } from '../sources.js';
import { contentOf, requestOf } from './content.js';
import type { SubmissionBody } from './submission.schema.js';
import { submissionCommand, withinQuota } from './submission-command.js';
import { type SubmissionFacts, SubmissionFactsReader } from './submission-facts.js';
import { type WorkloadView, workloadView } from './workload-view.js';

type Told = WorkloadView | ProblemBody;
export type SubmissionAnswer = Answer<Told>;

export class SubmitWorkload extends Command<SubmissionAnswer> {
  constructor(
    readonly caller: TenantCaller,
    readonly submission: SubmissionBody,
    readonly idempotency: IdempotentRequest | null,
    readonly path: string,
  ) {
    super();
  }
}

@CommandHandler(SubmitWorkload)
export class SubmitWorkloadHandler implements ICommandHandler<SubmitWorkload> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
    private readonly factsReader: SubmissionFactsReader,
    private readonly pseudonyms: Pseudonyms,
    private readonly admission: SubmissionAdmission,
    private readonly openWork: OpenWork,
  ) {}

  execute(command: SubmitWorkload): Promise<SubmissionAnswer> {
    const { tenantId } = command.caller;
    return answerOnce(this.log, command.idempotency, () =>
      withRoom(this.openWork, { tenantId, kind: 'workloads' }, (room) =>
        this.submit(command, room),
      ),
    );
  }

  private async submit(command: SubmitWorkload, room: Room): Promise<Created<Told>> {
    const { caller, submission, idempotency, path } = command;
    const { tenantId } = caller;
    const workloadId = prefixedId('wl', this.newUuid());
    const content = sealContent(contentOf(submission), this.randomBytes);
    const request = { ...requestOf(submission, content.sha256), ...sealedFacts(content) };
    let facts: SubmissionFacts | null = null;
    let answer: FirstAnswer<Told> | null = null;
    let letIn: LetIn | null = null;
    const executed = await executeFor(caller, {
      log: this.log,
      isNew: true,
      owner: tenantId,
      stream: workloadId,
      decider: workloadDecider,
      command: async () => {
        facts = await this.factsReader.read(tenantId, submission.image, facts !== null);
        facts = await withinQuota(this.factsReader, facts, request);
        const freshQuota = () => this.factsReader.freshQuota(tenantId);
        await takeRoom(room, 1, freshQuota);
        const { quota } = facts.tenant;
        const submitted = { tenantId, stream: workloadId, workloads: 1, quota, idempotency };
        // Counted once, however often it is decided, and judged by the quota that the append guards.
        letIn = await this.admission.letIn(submitted, freshQuota, letIn);
        const asked = submissionCommand(workloadId, request, facts, this.clock());
        if (!isRefused(asked)) return asked;
        // Nothing is refused over a fleet that was read a moment ago.
        facts = await this.factsReader.withCurrentFleet(facts);
        return submissionCommand(workloadId, request, facts, this.clock());
      },
      alongside: (_events, _before, submitted) => {
        answer = this.answer(submitted, path);
        return {
          guards: facts?.guards ?? [],
          contents: contentRows(tenantId, workloadId, CONTENT_PARTS.workload, content),
          ...rememberedAnswer(idempotency, answer.status, answer.body),
        };
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    if (answer === null) throw new Error('a submission was accepted without events');
    const created = { ...(answer as FirstAnswer<Told>), appended: executed.appended };
    const headers = (letIn as LetIn | null)?.headers;
    return headers === undefined ? created : { ...created, headers };
  }

  private answer(state: WorkloadState, path: string): FirstAnswer<Told> {
    const { refusal, workloadId } = state;
    if (refusal === null) {
      const body = workloadView(state, { hostLost: false, pseudonyms: this.pseudonyms });
      return { status: 202, body };
    }
    const { code, reasons } = refusal;
    const body = problemBody(
      {
        status: 422,
        code,
        title: 'The rules refuse this workload',
        detail: reasons.map(({ because }) => because).join('; '),
        extensions: { workloadId, reasons },
      },
      path,
    );
    return { status: 422, body };
  }
}

function isRefused(command: Submit): boolean {
  const decided = workloadDecider.decide(command, workloadDecider.initialState);
  return decided.accepted && decided.events.some(({ type }) => type === 'WorkloadRejected');
}
