import { hostOf, keepsEvidence } from '@bulkhead/domain';
import type { HostJobData } from '../queue/job.js';
import { tendTemplates } from '../templates/tend-templates.js';
import { driverOf, type JobParts } from './job-parts.js';

/** How long until somebody looks whether a save is done. */
export const LOOK_AGAIN_MS = 500;
/** A save that takes longer is left to the comparison of log and host: as long as the engine waits for one. */
export const SAVE_WITHIN_MS = 240_000;

/**
 * Saves or retires templates of a host as the log asks, and looks again until a save is done. The next
 * comparison of log and host finds what is left, so that nothing hangs on this job.
 */
export async function tendHostTemplates(parts: JobParts, data: HostJobData): Promise<void> {
  const { hostId, position, correlationId } = data;
  const { follower, fences, queue, clock } = parts;
  if (!follower.hasSeen(position)) await follower.catchUp();
  const { state } = hostOf(follower.fleet, hostId);
  // Pages of what is looked into may be a template's: it stays until the host is released.
  if (state.condition !== 'up' || keepsEvidence(state)) return;
  const driver = driverOf(parts, hostId);
  const fenceFor = (cause: number) => fences.of(hostId, cause);
  const isSaving = await tendTemplates(parts, { hostId, driver, fenceFor }, 'jobs');
  const nowMs = clock();
  const oldestMs = Math.min(
    ...follower.fleet.templates
      .on(hostId)
      .flatMap(({ state }) => (state.stage === 'requested' ? [state.requestedAtMs] : [])),
  );
  if (!isSaving || nowMs - oldestMs > SAVE_WITHIN_MS) return;
  const id = `tend-templates-${hostId}-look-${nowMs}`;
  const again = { hostId, position, correlationId };
  await queue.add([{ kind: 'tend-templates', id, data: again, delayMs: LOOK_AGAIN_MS }]);
}
