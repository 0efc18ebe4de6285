import {
  type AttemptState,
  fold,
  type HostState,
  type ImageFacts,
  type KernelEvent,
  kernelDecider,
  type StageTiming,
  type TimeMs,
} from '@bulkhead/domain';
import type { StreamAppend } from '@bulkhead/event-store/in-memory';

/** A utility VM's own kernel: no other attempt ever runs on it, so it is claimed as soon as it runs. */
function eventsOfStart(
  attempt: AttemptState,
  timings: readonly StageTiming[],
  image: ImageFacts | null,
  boot: HostState['boot'],
): readonly KernelEvent[] {
  const booted = timings.find(({ stage }) => stage === 'utility-vm-boot');
  if (attempt.isolation !== 'hyperv' || booted === undefined || boot === null) return [];
  const { kernelInstanceId, hostId, computeSystemId, trustBoundary } = attempt;
  const { finishedAtMs: nowMs } = booted;
  const kernel = {
    kernelInstanceId,
    kind: 'utility-vm' as const,
    hostId,
    computeSystemId,
    kernelVersion: image?.osVersion ?? null,
    hostVersion: boot.osVersion,
  };
  const { decide, initialState } = kernelDecider;
  const started = decide({ kind: 'start-kernel', kernel, nowMs }, initialState);
  if (!started.accepted) return [];
  const running = fold(kernelDecider, started.events);
  const claimed = decide({ kind: 'claim-kernel', trustBoundary, nowMs }, running);
  return claimed.accepted ? [...started.events, ...claimed.events] : started.events;
}

/** What goes with the first report of an attempt; later ones find it further on. */
export function startOfVmKernel(
  attempt: AttemptState,
  timings: readonly StageTiming[],
  image: ImageFacts | null,
  boot: HostState['boot'],
): readonly StreamAppend[] {
  if (attempt.stage !== 'authorized') return [];
  const events = eventsOfStart(attempt, timings, image, boot);
  if (events.length === 0) return [];
  return [{ owner: null, stream: attempt.kernelInstanceId, expectedVersion: 0, events }];
}

/** What goes with the release of the attempt; nothing where its kernel never ran. */
export function endOfVmKernel(
  attempt: AttemptState,
  image: ImageFacts | null,
  boot: HostState['boot'],
  nowMs: TimeMs,
): readonly StreamAppend[] {
  const history = eventsOfStart(attempt, attempt.timings, image, boot);
  if (history.length === 0) return [];
  const running = fold(kernelDecider, history);
  const ended = kernelDecider.decide({ kind: 'end-kernel', cause: 'released', nowMs }, running);
  if (!ended.accepted) return [];
  const { kernelInstanceId: stream } = attempt;
  return [{ owner: null, stream, expectedVersion: history.length, events: ended.events }];
}
