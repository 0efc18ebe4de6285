import {
  type Clock,
  type EventMetadata,
  imageDecider,
  policyDecider,
  policyVersion1,
  seededCatalogue,
} from '@bulkhead/domain';
import { type EventLog, executeCommand, imageIdOf } from '@bulkhead/event-store';

/**
 * Gives an installation policy version 1 and the first catalogue. Several processes may do it at once
 * and as often as they like: each stream decides for itself whether something is missing.
 */
export async function seed(log: EventLog, clock: Clock, correlationId: string): Promise<void> {
  const metadata: EventMetadata = {
    actor: { kind: 'system', id: 'seed' },
    correlationId,
    causationPosition: null,
  };
  const nowMs = clock();
  await executeCommand({
    log,
    owner: null,
    stream: 'policy',
    decider: policyDecider,
    metadata,
    command: { kind: 'publish-policy', version: 1, policy: policyVersion1, nowMs },
  });
  const images = seededCatalogue.map((entry) => {
    const image = { imageId: imageIdOf(entry.reference), ...entry };
    return executeCommand({
      log,
      owner: null,
      stream: image.imageId,
      decider: imageDecider,
      metadata,
      command: { kind: 'register-image', image, nowMs },
    });
  });
  // One that is registered already is turned down, which is all that a repetition has to do.
  await Promise.all(images);
}
