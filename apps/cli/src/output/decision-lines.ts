import { shownReasons } from './shown-reasons.js';
import type { Colors } from './terminal.js';

interface ShownRule {
  readonly id: string;
  readonly effect: string;
  readonly outcome: string;
  readonly because: string | null;
}

/** A decision as the api tells auditors of it, as far as it is printed for a person. */
export interface ShownAuditDecision {
  readonly position: number;
  readonly recordedAt: string;
  readonly attempt: number | null;
  readonly hostId: string | null;
  readonly decision: {
    readonly isolation: string | null;
    readonly refusal: { readonly code: string } | null;
    readonly rules: readonly ShownRule[];
    readonly policyVersion: number;
  } | null;
  readonly decidedAgain: {
    readonly same: boolean;
    readonly differences: readonly {
      readonly part: string;
      readonly recorded: unknown;
      readonly again: unknown;
    }[];
  } | null;
  readonly notDecidedAgainBecause: string | null;
}

export interface ShownAuditDecisions {
  readonly workloadId: string;
  readonly tenantId: string;
  readonly decisionsTotal: number;
  readonly decisions: readonly ShownAuditDecision[];
  readonly same: boolean;
}

/** The decisions of a workload for a person: what came of each, why, and whether it does so today. */
export function decisionLines(shown: ShownAuditDecisions, colors: Colors): readonly string[] {
  const { workloadId, tenantId, decisions, decisionsTotal } = shown;
  const left = decisionsTotal - decisions.length;
  return [
    `${colors.bold(workloadId)} of ${tenantId}`,
    ...(left > 0 ? [`  ${left} earlier decisions are not shown`] : []),
    ...decisions.flatMap((decision) => ['', ...linesOf(decision, colors)]),
  ];
}

function linesOf(shown: ShownAuditDecision, colors: Colors): readonly string[] {
  const { position, recordedAt, decision } = shown;
  const policy = decision === null ? '' : `, policy ${decision.policyVersion}`;
  return [
    `${recordedAt}  ${whenOf(shown)}: ${colors.bold(answerOf(decision))}`,
    `  position   ${position}${policy}`,
    ...(decision === null ? [] : reasonLines(decision.rules)),
    ...againLines(shown, colors),
  ];
}

function whenOf({ attempt, hostId }: ShownAuditDecision): string {
  if (attempt === null) return 'refused';
  if (attempt === 0) return 'at submission';
  return `for attempt ${attempt}${hostId === null ? '' : ` on ${hostId}`}`;
}

function answerOf(decision: ShownAuditDecision['decision']): string {
  if (decision === null) return 'its grounds were not recorded';
  return decision.refusal?.code ?? `isolation ${decision.isolation}`;
}

function reasonLines(rules: readonly ShownRule[]): readonly string[] {
  const told = rules.map((rule) => ({ ...rule, rule: rule.id }));
  const fired = shownReasons(told.filter(({ outcome }) => outcome === 'fired'));
  const silenced = told.filter(({ outcome }) => outcome === 'silenced');
  return [
    ...fired.map(({ id, because }) => `  ${id}: ${because}`),
    ...silenced.map(({ id, because }) => `  off by policy: ${id}: ${because}`),
    ...(fired.length + silenced.length === 0 ? ['  no rule fired'] : []),
  ];
}

function againLines(shown: ShownAuditDecision, colors: Colors): readonly string[] {
  const { decidedAgain, notDecidedAgainBecause } = shown;
  if (decidedAgain === null) {
    return [colors.yellow(`  not decided again: ${notDecidedAgainBecause}`)];
  }
  if (decidedAgain.same) return [colors.green('  decided again from its inputs: the same')];
  return [
    colors.red('  decided again from its inputs: NOT the same'),
    ...decidedAgain.differences.map(({ part, recorded, again }) => {
      return `    ${part}: ${JSON.stringify(recorded)} is recorded, ${JSON.stringify(again)} follows`;
    }),
  ];
}
