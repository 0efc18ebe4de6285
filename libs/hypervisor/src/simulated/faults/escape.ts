import type { TimeMs } from '@bulkhead/domain';
import type { ComputeSystem } from '../compute-system.js';
import { ROOT_IN_GUEST, type SiloRoots } from '../namespaces/silo-roots.js';

/** How many of those that were reached are named; a host may hold many more. */
const NAMED_MAX = 50;

/** What stands between those on a host. */
export interface Walls {
  /** An advisory against the hypervisor is open. */
  readonly open: boolean;
  readonly silos: SiloRoots;
}

/**
 * The host writes down what it reached. What the workload itself writes says nothing of that: its tenant
 * reads it, and is not to learn who else is there.
 */
export function breakOut(
  breaker: ComputeSystem,
  others: readonly ComputeSystem[],
  walls: Walls,
  atMs: TimeMs,
): void {
  const detail = reachOf(breaker, others, walls);
  breaker.journal({ kind: 'escape-attempt', detail });
  breaker.output.write('stderr', 'escape attempt\n', atMs);
}

/**
 * What an escape reaches. A silo shares the kernel of the host with every other silo: outside of its own root of the
 * object namespace it finds theirs. A utility VM has a kernel of its own, with a namespace in which its container is the
 * only silo, and behind it the hypervisor, which holds unless an advisory says that it does not.
 */
function reachOf(
  breaker: ComputeSystem,
  others: readonly ComputeSystem[],
  { open, silos }: Walls,
): string {
  const { isolation, kernelInstanceId, computeSystemId } = breaker.spec;
  if (isolation === 'hyperv' && !open) {
    return `contained in its utility VM, kernel ${kernelInstanceId}, where ${ROOT_IN_GUEST} is its own`;
  }
  const reached = others.filter(
    ({ spec, state }) =>
      spec.computeSystemId !== computeSystemId &&
      (state === 'running' || state === 'starting') &&
      (spec.isolation === 'process' || open),
  );
  const names = reached.slice(0, NAMED_MAX).map(({ spec: { computeSystemId: id } }) => {
    const root = silos.of(id);
    return root === null ? id : `${id} at ${root}`;
  });
  const more = reached.length > NAMED_MAX ? ` and ${reached.length - NAMED_MAX} more` : '';
  const whom = names.length > 0 ? `${names.join(', ')}${more}` : 'nobody else';
  return `reached the kernel of the host, and ${whom}`;
}
