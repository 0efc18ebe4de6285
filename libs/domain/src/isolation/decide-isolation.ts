import type { Policy } from '../policy/events.js';
import { compatibilityTable, compatibilityWarnings } from './compatibility.js';
import type {
  DecisionInputs,
  Isolation,
  IsolationDecision,
  IsolationReason,
  IsolationRuleId,
} from './decision.js';
import { type FleetOutlook, isolationRules, type RuleContext } from './rules.js';

export interface IsolationQuestion {
  readonly inputs: DecisionInputs;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly outlook: FleetOutlook;
}

export type IsolationAnswer =
  | { readonly refused: false; readonly decision: IsolationDecision }
  | {
      readonly refused: true;
      readonly code: 'ISOLATION_REFUSED' | 'UNPLACEABLE';
      readonly reasons: readonly IsolationReason[];
    };

/**
 * Decides how strong the wall must be. All rules are evaluated: any refusal wins, then anything that
 * asks for `hyperv`, else `process`.
 * A strict request for `process` that would have to be raised is refused with the rules that raise it.
 */
export function decideIsolation(question: IsolationQuestion): IsolationAnswer {
  const { inputs, policy, policyVersion, outlook } = question;
  const compatibility = compatibilityTable(policy.compatibilityVersion);
  const reasons = reasonsOf({ inputs, policy, compatibility, outlook });
  if (reasons.some((reason) => reason.effect === 'refuse')) {
    return { refused: true, code: 'UNPLACEABLE', reasons };
  }
  const raisedBy = reasons.filter((reason) => reason.effect === 'hyperv');
  const isolation: Isolation = raisedBy.length > 0 ? 'hyperv' : 'process';
  if (isolation === 'hyperv' && inputs.requested === 'process' && inputs.strict) {
    return { refused: true, code: 'ISOLATION_REFUSED', reasons };
  }
  return {
    refused: false,
    decision: {
      isolation,
      trustBoundary: inputs.trustBoundary,
      reasons,
      warnings:
        inputs.hostVersion === null
          ? []
          : compatibilityWarnings(inputs.hostVersion, inputs.image, compatibility),
      inputs,
      policyVersion,
      compatibilityVersion: compatibility.version,
      alternatives: [
        isolation === 'hyperv'
          ? { isolation: 'process', turnedDownBy: raisedBy.map((reason) => reason.rule) }
          : { isolation: 'hyperv', turnedDownBy: [] },
      ],
    },
  };
}

function reasonsOf(context: RuleContext): IsolationReason[] {
  const reasons: IsolationReason[] = [];
  for (const rule of isolationRules) {
    const because = rule.fires(context);
    if (because !== null) reasons.push({ rule: rule.id, effect: rule.effect, because });
  }
  return reasons;
}

/** The rules with their texts, as the API lists them. */
export function ruleTexts(): readonly { id: IsolationRuleId; text: string }[] {
  return isolationRules.map(({ id, text }) => ({ id, text }));
}
