import { accept, type Decided } from '../decider.js';
import { event } from '../event.js';
import { decideFloor, type FloorQuestion } from '../isolation/decide-floor.js';
import { explainAnswer, type IsolationExplanation } from '../isolation/explain.js';
import type { SubmitWorkload } from './commands.js';
import type {
  IsolationDecided,
  WorkloadEvent,
  WorkloadRejected,
  WorkloadSubmitted,
} from './events.js';

/** The submission and its floor are one append: no workload is ever in the log without its isolation. */
export function submit(command: SubmitWorkload): Decided<WorkloadEvent> {
  const { workloadId, tenantId, batch, request, image, nowMs } = command;
  const told = { workloadId, tenantId, batch, request, image };
  const submitted = event<WorkloadSubmitted>('WorkloadSubmitted', nowMs, told, 3);
  const answer = decideFloor(floorQuestion(command));
  if (answer.refused) {
    const { code, reasons, grounds } = answer;
    return accept<WorkloadEvent>(
      submitted,
      event<WorkloadRejected>('WorkloadRejected', nowMs, { code, reasons, grounds }, 2),
    );
  }
  const floor = { attempt: 0, hostId: null, decision: answer.decision };
  return accept<WorkloadEvent>(
    submitted,
    event<IsolationDecided>('IsolationDecided', nowMs, floor, 3),
  );
}

/** What the submission would be answered, rule by rule. Nothing is recorded by asking. */
export function explainSubmission(command: SubmitWorkload): IsolationExplanation {
  const answer = decideFloor(floorQuestion(command));
  return explainAnswer(answer, command.policy, command.policyVersion);
}

function floorQuestion(command: SubmitWorkload): FloorQuestion {
  const { tenantId, trust, trustBoundary, request, image, policy, policyVersion, hosts } = command;
  return {
    tenantId,
    trust,
    trustBoundary,
    request,
    image,
    floor: null,
    policy,
    policyVersion,
    hosts,
  };
}
