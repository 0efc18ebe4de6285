import {
  type AttemptState,
  CONTENT_ERASED,
  type ImageLayer,
  imageOf,
  isStopping,
  type WorkloadState,
} from '@bulkhead/domain';
import { AlteredContent } from '@bulkhead/event-store';
import type { ComputeSystemSpec, Fence, HostDriver } from '@bulkhead/hypervisor';
import { z } from 'zod';
import type { WorkloadJobData } from '../queue/job.js';
import { authorize, look, NotStartable } from './authorize-start.js';
import {
  driverOf,
  hasCode,
  type JobParts,
  type JobSubject,
  permanentRefusal,
  subjectOf,
} from './job-parts.js';
import type { StartTurn } from './start-turns.js';

/** What the api keeps beside the log for a workload, as far as a host needs it. */
const workloadContent = z.object({
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  stdout: z.string().optional(),
});
type WorkloadContent = z.infer<typeof workloadContent>;

/**
 * Starts a placed attempt: trust and boundary are checked once more, on record and against the tenant,
 * the host and the advisories as they are now, and only then the driver is asked. Repeating it does no harm: a stream
 * that has gone on refuses the authorization, a host that knows the id does nothing.
 */
export async function startWorkload(parts: JobParts, data: WorkloadJobData): Promise<void> {
  const subject = await subjectOf(parts, data);
  if (subject === null || !isStartable(subject)) return;
  const { target, attempt } = subject;
  const turn = parts.turns.take(attempt.hostId, attempt.computeSystemId);
  try {
    const content = await contentOf(parts, subject);
    if (await carryOut(parts, subject, content, turn, true)) return;
    await carryOut(parts, subject, content, turn, false);
  } catch (error) {
    // A spent id was released, an earlier boot is over: whoever noticed records it.
    if (hasCode(error, 'SPENT_ID') || error instanceof NotStartable) return;
    const refusal = error instanceof ContentGone ? error : permanentRefusal(error);
    if (refusal === null) throw error;
    await parts.reports.startFailed(target, refusal.code, refusal.detail, parts.clock());
  } finally {
    turn.end();
  }
}

/** Without it the entry point of the image would run in the tenant's name, which nobody asked for. */
class ContentGone extends Error {
  override readonly name = 'ContentGone';
  readonly code = CONTENT_ERASED;
  constructor(readonly detail: string) {
    super(detail);
  }
}

const ERASED = new ContentGone('what it would run was erased before it started');
const ALTERED = new ContentGone(
  'what it would run is not what was submitted: it was changed beside the log',
);

/** What it is to run, as it was submitted; or why that cannot be had any more. */
async function contentOf(
  { log }: JobParts,
  { target: { tenantId, workloadId }, state: { request } }: JobSubject,
): Promise<WorkloadContent | ContentGone> {
  try {
    const stored = await log.readContent(tenantId, workloadId, 0, request?.contentSha256);
    const isErased = stored === null && request?.hasContent === true;
    return isErased ? ERASED : workloadContent.parse(stored ?? {});
  } catch (error) {
    if (error instanceof AlteredContent) return ALTERED;
    throw error;
  }
}

/**
 * Authorizes and starts. False where the host lacks the template that it was to be cloned from: nothing
 * happened then, and it has to be authorized anew, to boot.
 */
async function carryOut(
  parts: JobParts,
  subject: JobSubject,
  content: WorkloadContent | ContentGone,
  turn: StartTurn,
  mayClone: boolean,
): Promise<boolean> {
  const { attempt, target } = subject;
  const authorized = await authorize(parts, subject, mayClone);
  if (authorized === null) return true;
  const { cause, clonedFrom } = authorized;
  turn.authorizedAt = cause;
  const driver = driverOf(parts, attempt.hostId);
  const fence = await parts.fences.of(attempt.hostId, cause);
  // The host may have booted since; the log knows of it before the host gets a lease again.
  look(parts, subject);
  if (content instanceof ContentGone) {
    await startWithoutContent(driver, attempt, fence, content);
    return true;
  }
  const spec = specificationOf(subject.state, attempt, content, layersOf(parts, subject));
  try {
    await driver.create(clonedFrom === null ? spec : { ...spec, clonedFrom }, fence);
  } catch (error) {
    if (clonedFrom === null || !hasCode(error, 'TEMPLATE_ABSENT')) throw error;
    await parts.templates.givenUp(clonedFrom, (error as Error).message, target.metadata);
    return false;
  }
  await driver.start(attempt.computeSystemId, fence);
  return true;
}

/**
 * What an earlier run of this job brought to the host before the erasure has its content there and goes on;
 * only what the host has never heard of is given up.
 */
async function startWithoutContent(
  driver: HostDriver,
  { computeSystemId }: AttemptState,
  fence: Fence,
  why: ContentGone,
): Promise<void> {
  const { state } = await driver.inspect(computeSystemId);
  if (state === 'absent') throw why;
  await driver.start(computeSystemId, fence);
}

function isStartable({ state, attempt }: JobSubject): boolean {
  return (attempt.stage === 'placed' || attempt.stage === 'authorized') && !isStopping(state);
}

/** As the catalogue has them now, so that a host knows what it lacks. */
function layersOf({ follower }: JobParts, { state }: JobSubject): readonly ImageLayer[] {
  if (state.image === null) return [];
  return imageOf(follower.fleet, state.image.imageId).state.registered?.layers ?? [];
}

function specificationOf(
  state: WorkloadState,
  attempt: AttemptState,
  content: WorkloadContent,
  layers: readonly ImageLayer[],
): ComputeSystemSpec {
  const { workloadId, image, request } = state;
  if (workloadId === null || image === null || request === null) throw new NotStartable();
  const { computeSystemId, isolation, kernelInstanceId, reserved } = attempt;
  return {
    computeSystemId,
    workloadId,
    isolation,
    kernelInstanceId,
    image,
    ...(layers.length > 0 ? { layers } : {}),
    resources: request.resources,
    reserved,
    command: [...content.command, ...content.args],
    env: content.env,
    simulation: request.simulation,
    ...(content.stdout === undefined ? {} : { simulatedStdout: content.stdout }),
  };
}
