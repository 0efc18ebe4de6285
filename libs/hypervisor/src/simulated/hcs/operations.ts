import type { ComputeSystemState } from '../../driver.js';
import type { ResultCodeName } from './result-codes.js';
import type { HcsAnswer, HcsOperation, HcsRule, HcsStanding, HcsSystemType } from './rule.js';
import { CONTAINER_RULES, RULES_OF_BOTH, VM_RULES } from './rules.js';

/**
 * Every operation at every standing, for each type of compute system: what is absent is of either. A
 * container is never paused or saved, so it has no rule for where that would lead.
 */
export const HCS_RULES: Readonly<Record<HcsSystemType, readonly HcsRule[]>> = {
  Container: [...RULES_OF_BOTH, ...CONTAINER_RULES],
  VirtualMachine: [...RULES_OF_BOTH, ...VM_RULES],
};

const keyOf = (operation: HcsOperation, standing: HcsStanding, type: HcsSystemType) =>
  `${type} ${operation} ${standing}`;

const answers = new Map<string, HcsAnswer>();
for (const type of ['Container', 'VirtualMachine'] as const) {
  for (const { operation, standing, answer } of HCS_RULES[type]) {
    answers.set(keyOf(operation, standing, type), answer);
  }
}

/** The code that the service refuses an operation with, or null where it begins. */
export function refusalOf(
  operation: HcsOperation,
  standing: HcsStanding,
  type: HcsSystemType,
): ResultCodeName | null {
  const answer = answers.get(keyOf(operation, standing, type));
  return answer && 'code' in answer ? answer.code : null;
}

/** What the service makes of an operation on a utility VM that holds no container. */
export function answerOfVm(operation: HcsOperation, standing: HcsStanding): HcsAnswer {
  const answer = answers.get(keyOf(operation, standing, 'VirtualMachine'));
  if (!answer) throw new Error(`${operation} has no rule at ${standing}`);
  return answer;
}

/** Where a compute system stands for the service, by what the driver says of it. */
export const STANDING: Readonly<Record<ComputeSystemState, HcsStanding>> = {
  absent: 'Absent',
  created: 'Created',
  starting: 'Starting',
  running: 'Running',
  'start-failed': 'Stopped',
  exited: 'Stopped',
  spent: 'Absent',
};
