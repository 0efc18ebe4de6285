import type { Policy } from '../policy/events.js';
import { advisoryWarnings } from './advisory-warnings.js';
import { compatibilityTable, compatibilityWarnings } from './compatibility.js';
import type {
  DecisionInputs,
  Isolation,
  IsolationDecision,
  IsolationReason,
  RefusalGrounds,
} from './decision.js';
import { isOn, type RuleContext } from './rule.js';
import { isolationRules } from './rules.js';

export interface IsolationQuestion {
  readonly inputs: DecisionInputs;
  readonly policy: Policy;
  readonly policyVersion: number;
  /** Why no host could ever run it (`RuleContext`). Whoever decides again puts in what was recorded. */
  readonly unrunnableBecause: string | null;
}

export type IsolationAnswer =
  | { readonly refused: false; readonly decision: IsolationDecision }
  | {
      readonly refused: true;
      /** `UNPLACEABLE`: the rule `image-unrunnable` fired. `ISOLATION_REFUSED`: every other reason to refuse. */
      readonly code: 'ISOLATION_REFUSED' | 'UNPLACEABLE';
      readonly reasons: readonly IsolationReason[];
      readonly grounds: RefusalGrounds;
    };

/** What a refusal says. */
export type IsolationRefusal = Omit<Extract<IsolationAnswer, { refused: true }>, 'refused'>;

/**
 * Decides how strong the wall must be: any rule that refuses wins, then any that asks for `hyperv`, else
 * `process`. A strict request for `process` that would have to be raised is refused with the rules that
 * raise it. The same question under the same versions always gets the same answer.
 */
export function decideIsolation(question: IsolationQuestion): IsolationAnswer {
  const { inputs, policy, policyVersion, unrunnableBecause } = question;
  const compatibility = compatibilityTable(policy.compatibilityVersion);
  const { reasons, silenced } = judge({ inputs, policy, compatibility, unrunnableBecause });
  const compatibilityVersion = compatibility.version;
  const grounds = { inputs, silenced, policyVersion, compatibilityVersion };
  if (reasons.some((reason) => reason.rule === 'image-unrunnable')) {
    return { refused: true, code: 'UNPLACEABLE', reasons, grounds };
  }
  const isolation: Isolation = reasons.length > 0 ? 'hyperv' : 'process';
  const strictly = inputs.requested === 'process' && inputs.strict && isolation === 'hyperv';
  if (strictly || reasons.some((reason) => reason.effect === 'refuse')) {
    return { refused: true, code: 'ISOLATION_REFUSED', reasons, grounds };
  }
  const turnedDownBy = reasons.map((reason) => reason.rule);
  return {
    refused: false,
    decision: {
      isolation,
      trustBoundary: inputs.trustBoundary,
      reasons,
      silenced,
      warnings:
        inputs.hostVersion === null
          ? []
          : [
              ...compatibilityWarnings(inputs.hostVersion, inputs.image, compatibility),
              ...advisoryWarnings(inputs, isolation),
            ],
      inputs,
      policyVersion,
      compatibilityVersion,
      alternatives: [
        isolation === 'hyperv'
          ? { isolation: 'process', turnedDownBy }
          : { isolation: 'hyperv', turnedDownBy: [] },
      ],
    },
  };
}

/** What every rule says: reasons of those that are on, and what those that are off would have said. */
function judge(context: RuleContext): Pick<IsolationDecision, 'reasons' | 'silenced'> {
  const reasons: IsolationReason[] = [];
  const silenced: IsolationReason[] = [];
  for (const rule of isolationRules) {
    const because = rule.fires(context);
    if (because === null) continue;
    const told = isOn(rule, context.policy) ? reasons : silenced;
    told.push({ rule: rule.id, effect: rule.effect, because });
  }
  return { reasons, silenced };
}
