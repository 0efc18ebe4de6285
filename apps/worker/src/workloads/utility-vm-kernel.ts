import {
  type AttemptState,
  fold,
  type ImageFacts,
  type KernelEnded,
  type KernelEvent,
  kernelDecider,
  type OsVersion,
  type StageTiming,
  type TimeMs,
} from '@bulkhead/domain';
import type { StreamAppend } from '@bulkhead/event-store';

/**
 * The events of a utility VM's own kernel, recorded together with what made them known. It is claimed at
 * once: no other attempt ever runs on it. Empty for a silo, and where the VM had not booted.
 */
export function startOfVmKernel(
  attempt: AttemptState,
  timings: readonly StageTiming[],
  image: ImageFacts | null,
  hostVersion: OsVersion,
): readonly KernelEvent[] {
  const boot = timings.find(({ stage }) => stage === 'utility-vm-boot');
  if (attempt.isolation !== 'hyperv' || boot === undefined) return [];
  const { kernelInstanceId, hostId, computeSystemId, trustBoundary } = attempt;
  const { finishedAtMs: nowMs } = boot;
  // The guest's kernel comes from the image's base layer; the host's stands behind the hypervisor.
  const kernelVersion = image?.osVersion ?? null;
  const started = kernelDecider.decide(
    {
      kind: 'start-kernel',
      kernel: {
        kernelInstanceId,
        kind: 'utility-vm',
        hostId,
        computeSystemId,
        kernelVersion,
        hostVersion,
      },
      nowMs,
    },
    kernelDecider.initialState,
  );
  if (!started.accepted) return [];
  const claimed = kernelDecider.decide(
    { kind: 'claim-kernel', trustBoundary, nowMs },
    fold(kernelDecider, started.events),
  );
  return claimed.accepted ? [...started.events, ...claimed.events] : started.events;
}

/** The end of a utility VM's kernel after these events of it; nothing where it never ran or has ended. */
export function endOfVmKernel(
  attempt: AttemptState,
  history: readonly KernelEvent[],
  nowMs: TimeMs,
): readonly StreamAppend[] {
  const cause = endCauseOf(attempt);
  const ended = kernelDecider.decide(
    { kind: 'end-kernel', cause, nowMs },
    fold(kernelDecider, history),
  );
  if (!ended.accepted || ended.events.length === 0) return [];
  return [
    {
      owner: null,
      stream: attempt.kernelInstanceId,
      expectedVersion: history.length,
      events: ended.events,
    },
  ];
}

function endCauseOf({ loss }: AttemptState): KernelEnded['payload']['cause'] {
  switch (loss) {
    case null:
      return 'released';
    case 'host-rebooted':
      return 'rebooted';
    case 'host-fenced':
      return 'fenced';
    case 'lease-expired':
      return 'lost';
  }
}
