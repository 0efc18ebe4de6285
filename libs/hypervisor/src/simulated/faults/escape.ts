import type { TimeMs } from '@bulkhead/domain';
import type { ComputeSystem } from '../compute-system.js';

/** How many of those that were reached are named; a host may hold many more. */
const NAMED_MAX = 50;

/**
 * The host writes down what it reached. What the workload itself writes says nothing of that: its tenant
 * reads it, and is not to learn who else is there.
 */
export function breakOut(
  breaker: ComputeSystem,
  others: readonly ComputeSystem[],
  hypervisorAdvisoryOpen: boolean,
  atMs: TimeMs,
): void {
  const detail = reachOf(breaker, others, hypervisorAdvisoryOpen);
  breaker.journal({ kind: 'escape-attempt', detail });
  breaker.output.write('stderr', 'escape attempt\n', atMs);
}

/**
 * What an escape reaches. A silo shares the kernel of the host with every other silo; a utility VM has one
 * of its own, and behind it the hypervisor, which holds unless an advisory says that it does not.
 */
function reachOf(
  breaker: ComputeSystem,
  others: readonly ComputeSystem[],
  hypervisorAdvisoryOpen: boolean,
): string {
  const { isolation, kernelInstanceId, computeSystemId } = breaker.spec;
  if (isolation === 'hyperv' && !hypervisorAdvisoryOpen) {
    return `contained in its utility VM, kernel ${kernelInstanceId}`;
  }
  const reached = others.filter(
    ({ spec, state }) =>
      spec.computeSystemId !== computeSystemId &&
      (state === 'running' || state === 'starting') &&
      (spec.isolation === 'process' || hypervisorAdvisoryOpen),
  );
  const names = reached.slice(0, NAMED_MAX).map(({ spec }) => spec.computeSystemId);
  const more = reached.length > NAMED_MAX ? ` and ${reached.length - NAMED_MAX} more` : '';
  const whom = names.length > 0 ? `${names.join(', ')}${more}` : 'nobody else';
  return `reached the kernel of the host, and ${whom}`;
}
