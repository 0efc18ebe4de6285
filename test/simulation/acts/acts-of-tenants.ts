import type { BatchAct, BatchId, WorkloadId } from '@bulkhead/domain';
import { ActOnBatch } from '../../../apps/api/src/batches/act-on-batch.handler.js';
import { SubmitBatch } from '../../../apps/api/src/batches/submit-batch.handler.js';
import { CancelWorkload } from '../../../apps/api/src/workloads/cancel-workload.handler.js';
import type { SubmissionBody } from '../../../apps/api/src/workloads/submission.schema.js';
import { SubmitWorkload } from '../../../apps/api/src/workloads/submit-workload.handler.js';
import type { Act } from './act.js';
import { pointed, type Stage } from './stage.js';
import { largeSubmission, longSubmission, shortSubmission, submissionOf } from './submission.js';

const SUBMIT = 'POST /v1/workloads';
const SUBMIT_BATCH = 'POST /v1/batches';
const TASKS_MAX = 6;

export const actsOfTenants: readonly Act[] = [
  { name: 'submit', weight: 24, play: submit },
  { name: 'submit-short', weight: 0, play: submitShort },
  { name: 'submit-long', weight: 0, play: submitLong },
  { name: 'submit-large', weight: 0, play: submitLarge },
  { name: 'submit-many', weight: 2, play: submitMany },
  { name: 'submit-batch', weight: 3, play: submitBatch },
  { name: 'cancel', weight: 4, play: cancel },
  { name: 'pause-batch', weight: 1, play: actOnBatch('pause') },
  { name: 'resume-batch', weight: 1, play: actOnBatch('resume') },
  { name: 'cancel-batch', weight: 1, play: actOnBatch('cancel') },
];

function submit(stage: Stage, who: number, what: number): void {
  submitBody(stage, who, submissionOf(what));
}

/** Only where a plan names it: what comes to its end at once, for measuring how long all of it takes. */
function submitShort(stage: Stage, who: number, what: number): void {
  submitBody(stage, who, shortSubmission(what));
}

/** Only where a plan names it: what still runs while others find out that nobody keeps its host. */
function submitLong(stage: Stage, who: number, what: number): void {
  submitBody(stage, who, longSubmission(what));
}

/** Only where a plan names it: of what the hosts can hold only a few of at a time. */
function submitLarge(stage: Stage, who: number, what: number): void {
  submitBody(stage, who, largeSubmission(what));
}

export function submitBody(stage: Stage, who: number, body: SubmissionBody): void {
  const tenantId = pointed(stage.tenants, who);
  if (tenantId === null) return;
  const { caller, idempotency } = stage.asTenant(tenantId, SUBMIT);
  void stage.ask(
    `submit ${JSON.stringify(body)}`,
    ({ submit }) => submit.execute(new SubmitWorkload(caller, body, idempotency, '/v1/workloads')),
    (answer) => {
      const view = answer.body as { id?: WorkloadId; workloadId?: WorkloadId };
      const id = view.id ?? view.workloadId;
      if (id === undefined) return;
      stage.answered.add(id);
      if (answer.status === 202) stage.workloads.push({ tenantId, id });
    },
  );
}

const MANY = 8;

function submitMany(stage: Stage, who: number, what: number): void {
  for (let nr = 0; nr < MANY; nr += 1) submit(stage, who, what + nr * 7);
}

function submitBatch(stage: Stage, who: number, what: number): void {
  const tenantId = pointed(stage.tenants, who);
  if (tenantId === null) return;
  const { caller, idempotency } = stage.asTenant(tenantId, SUBMIT_BATCH);
  const count = 1 + (who % TASKS_MAX);
  const { image, resources, simulation, ...task } = submissionOf(what);
  const limits = who % 2 === 0 ? { maxParallel: 2 } : {};
  const failures = who % 5 === 0 ? { maxFailures: 0 } : {};
  const deadline = who % 7 === 3 ? { deadlineSeconds: 1 + (what % 40) } : {};
  const before = what % 6 === 1 ? stage.batches.findLast((one) => one.tenantId === tenantId) : null;
  const after = before == null ? {} : { after: [before.id] };
  const batch = {
    ...{ name: 'batch', count, ...limits, ...failures, ...deadline, ...after },
    taskDefaults: { image, resources, simulation, ...timeLimitOf(task) },
  };
  void stage.ask(
    `submit a batch of ${count}`,
    ({ submitBatch }) => submitBatch.execute(new SubmitBatch(caller, batch as never, idempotency)),
    ({ body }) => {
      const id = body.id as BatchId;
      stage.answered.add(id);
      stage.batches.push({ tenantId, id });
    },
  );
}

function timeLimitOf({ timeoutSeconds }: { timeoutSeconds?: number | undefined }) {
  return timeoutSeconds === undefined ? {} : { timeoutSeconds };
}

function cancel(stage: Stage, who: number): void {
  const workload = pointed(stage.workloads, who);
  if (workload === null) return;
  const caller = stage.world.people.tenant(workload.tenantId);
  void stage.ask(`cancel ${workload.id}`, (handlers) =>
    handlers.cancel.execute(new CancelWorkload(caller, workload.id, 'no longer needed')),
  );
}

export function actOnBatch(act: BatchAct) {
  return (stage: Stage, who: number): void => {
    const batch = pointed(stage.batches, who);
    if (batch === null) return;
    const caller = stage.world.people.tenant(batch.tenantId);
    void stage.ask(`${act} ${batch.id}`, (handlers) =>
      handlers.actOnBatch.execute(new ActOnBatch(caller, batch.id, act, null)),
    );
  };
}
