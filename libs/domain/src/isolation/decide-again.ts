import type { Policy } from '../policy/events.js';
import type { IsolationDecided, WorkloadRejected } from '../workload/events.js';
import { decideIsolation, type IsolationAnswer } from './decide-isolation.js';

/** The answer that an event of the log holds; null of a refusal from before its grounds were recorded. */
export function recordedAnswer({
  type,
  payload,
}: IsolationDecided | WorkloadRejected): IsolationAnswer | null {
  if (type === 'IsolationDecided') return { refused: false, decision: payload.decision };
  const { code, reasons, grounds } = payload;
  return grounds === null ? null : { refused: true, code, reasons, grounds };
}

/**
 * Makes a recorded decision again, from its own inputs and the policy of the version that it names: what has
 * happened since has no say. Whether any host could ever run it only the fleet of that time knew, so what
 * was recorded of that is taken as given.
 */
export function decideAgain(recorded: IsolationAnswer, policy: Policy): IsolationAnswer {
  const { inputs, policyVersion } = recorded.refused ? recorded.grounds : recorded.decision;
  const unrunnableBecause = inputs.image.revoked ? null : unrunnableOf(recorded);
  return decideIsolation({ inputs, policy, policyVersion, unrunnableBecause });
}

function unrunnableOf(recorded: IsolationAnswer): string | null {
  if (!recorded.refused) return null;
  return recorded.reasons.find(({ rule }) => rule === 'image-unrunnable')?.because ?? null;
}
