import {
  type Clock,
  type Decided,
  fold,
  hostShapes,
  type ImageEvent,
  type ImageState,
  imageDecider,
  imageFacts,
  type SubmitWorkload,
  taskWorkloadId,
  tenantOf,
  type Versioned,
  type WorkloadEvent,
  workloadDecider,
} from '@bulkhead/domain';
import { imageIdOf, type RandomBytes, VersionConflict, type WholeLog } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import type { OpenBatch } from './batch-book.js';
import { copyTaskContent } from './task-content.js';

export interface CreateTaskParts {
  readonly log: WholeLog;
  readonly follower: FleetFollower;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/** Images whose state is remembered; the append guards their version. */
const IMAGES_KEPT_MAX = 1_000;

/** Makes the workloads of tasks, deciding each with tenant, policy, image and fleet as they are now. */
export class TaskCreation {
  private readonly images = new Map<string, Versioned<ImageState>>();

  constructor(private readonly parts: CreateTaskParts) {}

  /** True when the task has its workload, whoever made it; false where it has to be decided again. */
  async create(batch: OpenBatch, index: number): Promise<boolean> {
    const { log, follower, randomBytes } = this.parts;
    const { tenantId, batchId } = batch;
    const task = batch.tasksLeft.get(index);
    if (task === undefined) return false;
    const workloadId = taskWorkloadId(batchId, index);
    const from = { tenantId, batchId, index, sha256: task.contentSha256 };
    const [image, content] = await Promise.all([
      this.image(task.image),
      copyTaskContent(log, randomBytes, from, workloadId),
    ]);
    const request = { ...task, contentSha256: content.sha256 };
    let decided = this.decide(batch, index, request, image.state);
    if (isRefused(decided)) {
      // Nothing is refused over a fleet that was read a moment ago.
      await follower.catchUp();
      decided = this.decide(batch, index, request, image.state);
    }
    if (!decided.accepted) return false;
    const imageId = imageIdOf(task.image);
    const { events } = decided;
    // Nothing was awaited since the decision, so these are the versions that it looked at.
    const tenant = tenantOf(follower.fleet, tenantId);
    const { policy } = follower.fleet;
    try {
      await log.append({
        streams: [{ owner: tenantId, stream: workloadId, expectedVersion: 0, events }],
        guards: [
          { stream: tenantId, version: tenant.version },
          { stream: 'policy', version: policy.version },
          { stream: imageId, version: image.version },
          // Nothing is created once the batch was paused or cancelled, by whichever worker.
          { stream: batchId, version: batch.version },
        ],
        contents: content.rows,
        metadata: because('batches', batch.correlationId, batch.submittedPosition),
      });
      return true;
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
      if (error.stream === workloadId) return true;
      this.images.delete(imageId);
      await follower.catchUp();
      return false;
    }
  }

  private decide(
    batch: OpenBatch,
    index: number,
    request: SubmitWorkload['request'],
    image: ImageState,
  ): Decided<WorkloadEvent> {
    const command = this.command(batch, index, request, image);
    return workloadDecider.decide(command, workloadDecider.initialState);
  }

  private command(
    { batchId, tenantId }: OpenBatch,
    index: number,
    request: SubmitWorkload['request'],
    image: ImageState,
  ): SubmitWorkload {
    const { fleet } = this.parts.follower;
    const { policy, version: policyVersion } = fleet.policy.state;
    if (policy === null) throw new Error('no policy was published yet');
    const { trust, trustBoundary } = tenantOf(fleet, tenantId).state;
    return {
      kind: 'submit-workload',
      workloadId: taskWorkloadId(batchId, index),
      tenantId,
      batch: { batchId, index },
      request,
      image: imageFacts(imageIdOf(request.image), request.image, image),
      trust,
      trustBoundary,
      policy,
      policyVersion,
      hosts: hostShapes(fleet),
      nowMs: this.parts.clock(),
    };
  }

  private async image(reference: string): Promise<Versioned<ImageState>> {
    const imageId = imageIdOf(reference);
    const kept = this.images.get(imageId);
    if (kept !== undefined) return kept;
    const history = await this.parts.log.readStream(null, imageId);
    const state = fold(
      imageDecider,
      history.map(({ event }) => event as ImageEvent),
    );
    const read = { state, version: history.length };
    if (this.images.size >= IMAGES_KEPT_MAX) this.images.clear();
    this.images.set(imageId, read);
    return read;
  }
}

function isRefused(decided: Decided<WorkloadEvent>): boolean {
  return decided.accepted && decided.events.some(({ type }) => type === 'WorkloadRejected');
}
