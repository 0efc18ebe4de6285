import type { Policy } from '../policy/events.js';
import type { CompatibilityTable } from './compatibility.js';
import type { DecisionInputs, IsolationReason, IsolationRuleId } from './decision.js';

export interface IsolationRule {
  readonly id: IsolationRuleId;
  /** The rule in one sentence, for tenants and auditors. */
  readonly text: string;
  /** All that it looks at; it looks at nothing else, so that who knows these can say why it fired. */
  readonly reads: readonly RuleInput[];
  /** What it asks for when it fires: that the workload is refused, or that it gets a utility VM. */
  readonly effect: IsolationReason['effect'];
  /** The promise (1 to 8) that it keeps, so that policy cannot switch it off; null where policy may. */
  readonly promise: number | null;
  /** The reason when it fires, null when it does not. */
  readonly fires: (context: RuleContext) => string | null;
}

/** What a rule looks at: a field of the decision's inputs, or one of the other things in its context. */
export type RuleInput = keyof DecisionInputs | 'policy' | 'compatibility' | 'fleet';

/** Everything that a rule may look at. */
export interface RuleContext {
  readonly inputs: DecisionInputs;
  readonly policy: Policy;
  readonly compatibility: CompatibilityTable;
  /**
   * Of the fleet only this: why no host that is not retired could ever run the workload, with its
   * resources, behind a wall that its floor and `strict` allow (`placement/unrunnable.ts`). Null where one
   * could, where the fleet is empty (it waits then), and where the fleet was not asked.
   */
  readonly unrunnableBecause: string | null;
}

/** What is read of the host and of the wait for one: before the placement nobody can tell. */
export const knownAtPlacement: readonly RuleInput[] = [
  'hostVersion',
  'openAdvisories',
  'kernelPatienceOver',
];

/** Whether the rule is about the host that will run it, so that a submission cannot know yet. */
export function isDecidedAtPlacement({ reads }: IsolationRule): boolean {
  return reads.some((input) => knownAtPlacement.includes(input));
}

/** Whether the rule has a say under this policy. One that keeps a promise always has. */
export function isOn(rule: IsolationRule, policy: Policy): boolean {
  return rule.promise !== null || !policy.rulesOff.includes(rule.id);
}
