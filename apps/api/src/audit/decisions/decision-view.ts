import { isDeepStrictEqual } from 'node:util';
import {
  decideAgain,
  explainAnswer,
  type IsolationAnswer,
  type IsolationDecided,
  type Policy,
  type RecordedEvent,
  recordedAnswer,
  type WorkloadRejected,
} from '@bulkhead/domain';
import { timeText } from '../../sources.js';
import { toldView } from '../../workloads/explanation-view.js';
import type { AuditDecisionView } from './decision.schema.js';

const GROUNDS_UNKNOWN = 'it was not recorded then what a refusal was decided from';

/** An event that holds a decision, where it stands, and the policies that such events name. */
export interface RecordedDecision {
  readonly recorded: RecordedEvent;
  readonly event: IsolationDecided | WorkloadRejected;
  readonly policies: ReadonlyMap<number, Policy>;
}

/** A decision rule by rule as it was recorded, and whether it comes out the same today. */
export function decisionView({ recorded, event, policies }: RecordedDecision): AuditDecisionView {
  const decided = event.type === 'IsolationDecided' ? event.payload : null;
  const place = {
    position: recorded.position,
    recordedAt: timeText(recorded.recordedAtMs),
    event: event.type,
    attempt: decided?.attempt ?? null,
    hostId: decided?.hostId ?? null,
  };
  const answer = recordedAnswer(event);
  if (answer === null) return { ...place, ...nothingKnown(GROUNDS_UNKNOWN) };
  const { inputs, policyVersion } = answer.refused ? answer.grounds : answer.decision;
  const policy = policies.get(policyVersion);
  if (policy === undefined) {
    return { ...place, ...nothingKnown(`the log holds no policy of version ${policyVersion}`) };
  }
  return {
    ...place,
    decision: toldView(explainAnswer(answer, policy, policyVersion)),
    inputs: { ...inputs },
    alternatives: answer.refused ? [] : alternativesOf(answer.decision),
    ...comparedWith(answer, policy),
  };
}

function nothingKnown(because: string) {
  const nothing = { decision: null, inputs: null, alternatives: [], decidedAgain: null };
  return { ...nothing, notDecidedAgainBecause: because };
}

type Decision = Extract<IsolationAnswer, { refused: false }>['decision'];

function alternativesOf({ alternatives }: Decision) {
  return alternatives.map(({ isolation, turnedDownBy }) => {
    return { isolation, turnedDownBy: [...turnedDownBy] };
  });
}

/** An answer that cannot be made any more, for example by a table that this process does not know, is no crash. */
function comparedWith(answer: IsolationAnswer, policy: Policy) {
  try {
    const differences = differencesBetween(answer, decideAgain(answer, policy));
    const decidedAgain = { same: differences.length === 0, differences };
    return { decidedAgain, notDecidedAgainBecause: null };
  } catch (error) {
    return { decidedAgain: null, notDecidedAgainBecause: (error as Error).message };
  }
}

/** Part by part, as JSON has them: what it would lose was never recorded. */
function differencesBetween(recorded: IsolationAnswer, again: IsolationAnswer) {
  const [before, after] = [partsOf(recorded), partsOf(again)];
  const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return parts
    .filter((part) => !isDeepStrictEqual(before[part], after[part]))
    .map((part) => ({ part, recorded: before[part] ?? null, again: after[part] ?? null }));
}

function partsOf(answer: IsolationAnswer): Record<string, unknown> {
  const { refused } = answer;
  const parts = answer.refused
    ? { refused, code: answer.code, reasons: answer.reasons, ...answer.grounds }
    : { refused, ...answer.decision };
  return JSON.parse(JSON.stringify(parts));
}
