import type { Policy } from '../policy/events.js';
import type { TrustBoundary } from '../tenant/events.js';
import { type CloneRule, type CloneRuleId, cloneRules } from './clone-rules.js';
import type { IsolationAnswer } from './decide-isolation.js';
import type {
  DecisionInputs,
  DecisionWarning,
  Isolation,
  IsolationReason,
  IsolationRuleId,
} from './decision.js';
import { type IsolationRule, isDecidedAtPlacement, isOn, knownAtPlacement } from './rule.js';
import { isolationRules } from './rules.js';

/** What a rule asks for: that it is refused, gets a utility VM, or that its utility VM boots and is no clone. */
export type RuleEffect = IsolationReason['effect'] | 'boot';

/** A rule as the API lists it. */
export interface ToldRule {
  readonly id: IsolationRuleId | CloneRuleId;
  readonly text: string;
  readonly effect: RuleEffect;
  /** Whether policy may switch it off: it keeps no promise. */
  readonly mayBeOff: boolean;
  /** Whether it has a say now. */
  readonly on: boolean;
}

/** The rules with their texts, as they are under this policy; null stands for none published yet. */
export function tellRules(policy: Policy | null): readonly ToldRule[] {
  const ofWalls = isolationRules.map((rule) => {
    const { id, text, effect, promise } = rule;
    const on = policy === null || isOn(rule, policy);
    return { id, text, effect, mayBeOff: promise === null, on };
  });
  const effect = 'boot' as const;
  const ofClones = cloneRules.map(({ id, text }) => ({
    id,
    text,
    effect,
    mayBeOff: false,
    on: true,
  }));
  return [...ofWalls, ...ofClones];
}

/**
 * What became of a rule. `silenced`: it would have fired, but policy has switched it off.
 * `decided-at-placement`: it is about the host that will run it, which a submission does not know. `off`: it
 * is about that host too, but policy has switched it off, so that no placement decides anything by it.
 */
export type RuleOutcome = 'fired' | 'silenced' | 'did-not-fire' | 'decided-at-placement' | 'off';

export interface ExplainedRule {
  readonly id: IsolationRuleId | CloneRuleId;
  readonly text: string;
  /** All that it looks at. */
  readonly reads: readonly string[];
  readonly effect: RuleEffect;
  /** The promise that it keeps; null where policy may switch it off. */
  readonly promise: number | null;
  /** Whether it has a say under this policy. */
  readonly on: boolean;
  readonly outcome: RuleOutcome;
  /** Why it fired or would have; null where it did not. */
  readonly because: string | null;
  /** What it looked at, as far as that is a fact of this decision and known yet. */
  readonly inputs: Readonly<Partial<DecisionInputs>>;
}

/** An answer told rule by rule. */
export interface IsolationExplanation {
  /**
   * Null where it is not refused. `strict`: no rule refuses it, but rules would raise it, and the request for
   * `process` is strict. (That a fleet has no kernel for a strict request is a refusal by rule.)
   */
  readonly refusal: {
    readonly code: 'ISOLATION_REFUSED' | 'UNPLACEABLE';
    readonly strict: boolean;
  } | null;
  /** The wall that it gets, or at submission the least that it will get; null where it is refused. */
  readonly isolation: Isolation | null;
  readonly trustBoundary: TrustBoundary;
  readonly rules: readonly ExplainedRule[];
  readonly warnings: readonly DecisionWarning[];
  readonly policyVersion: number;
  readonly compatibilityVersion: number;
}

/** Tells what every rule had to do with an answer that was decided under this policy. */
export function explainAnswer(
  answer: IsolationAnswer,
  policy: Policy,
  policyVersion: number,
): IsolationExplanation {
  const told = answer.refused ? { ...answer.grounds, reasons: answer.reasons } : answer.decision;
  const { inputs, reasons } = told;
  const strict = answer.refused && reasons.every(({ effect }) => effect !== 'refuse');
  return {
    refusal: answer.refused ? { code: answer.code, strict } : null,
    isolation: answer.refused ? null : answer.decision.isolation,
    trustBoundary: inputs.trustBoundary,
    rules: [
      ...isolationRules.map((rule) => explainRule(rule, told, policy)),
      ...cloneRules.map((rule) => explainCloneRule(rule, answer, policy)),
    ],
    warnings: answer.refused ? [] : answer.decision.warnings,
    policyVersion,
    compatibilityVersion: policy.compatibilityVersion,
  };
}

interface Told {
  readonly inputs: DecisionInputs;
  readonly reasons: readonly IsolationReason[];
  readonly silenced: readonly IsolationReason[];
}

function explainRule(rule: IsolationRule, told: Told, policy: Policy): ExplainedRule {
  const { id, text, reads, effect, promise } = rule;
  const ofRule = ({ rule: fired }: IsolationReason) => fired === id;
  const reason = told.reasons.find(ofRule) ?? null;
  const silenced = told.silenced.find(ofRule) ?? null;
  const isOpen = told.inputs.hostVersion === null && isDecidedAtPlacement(rule);
  const on = isOn(rule, policy);
  const open = on ? 'decided-at-placement' : 'off';
  const known = isOpen ? open : 'did-not-fire';
  const outcome = reason !== null ? 'fired' : silenced !== null ? 'silenced' : known;
  const because = (reason ?? silenced)?.because ?? null;
  const inputs = inputsOf(rule, told.inputs, isOpen);
  return { id, text, reads, effect, promise, on, outcome, because, inputs };
}

/**
 * Whether a utility VM may be cloned is decided when it starts, with the templates that its host has then. Until
 * there is a host, one may still be given to whoever does not strictly ask for `process`.
 */
function explainCloneRule(
  { id, text, reads, promise }: CloneRule,
  answer: IsolationAnswer,
  policy: Policy,
): ExplainedRule {
  const { inputs: asked } = answer.refused ? answer.grounds : answer.decision;
  const { trust, trustBoundary, hostVersion, requested, strict } = asked;
  const mayBeRaised = hostVersion === null && !(strict && requested === 'process');
  const mayGetVm = !answer.refused && (answer.decision.isolation === 'hyperv' || mayBeRaised);
  const isOpen = mayGetVm && policy.templates !== undefined;
  const outcome = isOpen ? 'decided-at-placement' : 'did-not-fire';
  const told = { trust, trustBoundary };
  const inputs = id === 'template-boundary' ? told : {};
  return { id, text, reads, effect: 'boot', promise, on: true, outcome, because: null, inputs };
}

/** Nothing is told of a host that is not known yet. */
function inputsOf({ reads }: IsolationRule, inputs: DecisionInputs, isOpen: boolean) {
  const isTold = (name: string) =>
    reads.some((read) => read === name && !(isOpen && knownAtPlacement.includes(read)));
  const told = Object.entries(inputs).filter(([name]) => isTold(name));
  return Object.fromEntries(told) as Partial<DecisionInputs>;
}
