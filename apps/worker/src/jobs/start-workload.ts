import {
  type AttemptState,
  type FleetHost,
  hostOf,
  type ImageLayer,
  imageOf,
  isStopping,
  type TenantState,
  tenantOf,
  type Versioned,
  type WorkloadState,
} from '@bulkhead/domain';
import type { ComputeSystemSpec } from '@bulkhead/hypervisor';
import { z } from 'zod';
import type { WorkloadJobData } from '../queue/job.js';
import { type AdvisoriesSeen, seenAdvisories } from './advisories-seen.js';
import {
  driverOf,
  hasCode,
  type JobParts,
  type JobSubject,
  permanentRefusal,
  subjectOf,
} from './job-parts.js';

/** What the api keeps beside the log for a workload, as far as a host needs it; nothing at all is nothing to say. */
const workloadContent = z
  .object({
    command: z.array(z.string()).default([]),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).default({}),
  })
  .nullable()
  .transform((content) => content ?? { command: [], args: [], env: {} });

/** The host is away, in quarantine, or has booted since the placement: others see to the attempt then. */
class NotStartable extends Error {
  override readonly name = 'NotStartable';
}

/**
 * Starts a placed attempt: trust and boundary are checked once more, on record and against the tenant,
 * the host and the advisories as they are now, and only then the driver is asked. Repeating it does no harm: a stream
 * that has gone on refuses the authorization, a host that knows the id does nothing.
 */
export async function startWorkload(parts: JobParts, data: WorkloadJobData): Promise<void> {
  const subject = await subjectOf(parts, data);
  if (subject === null || !isStartable(subject)) return;
  const { attempt, target } = subject;
  const { tenantId, workloadId } = target;
  const content = workloadContent.parse(await parts.log.readContent(tenantId, workloadId));
  const cause = await authorize(parts, subject);
  if (cause === null) return;
  const spec = specificationOf(subject.state, attempt, content, layersOf(parts, subject));
  try {
    const driver = driverOf(parts, attempt.hostId);
    const fence = await parts.fences.of(attempt.hostId, cause);
    // The host may have booted since; the log knows of it before the host gets a lease again.
    look(parts, subject);
    await driver.create(spec, fence);
    await driver.start(attempt.computeSystemId, fence);
  } catch (error) {
    // A spent id was released, an earlier boot is over: whoever noticed records it.
    if (hasCode(error, 'SPENT_ID') || error instanceof NotStartable) return;
    const refusal = permanentRefusal(error);
    if (refusal === null) throw error;
    await parts.reports.startFailed(target, refusal.code, refusal.detail, parts.clock());
  }
}

function isStartable({ state, attempt }: JobSubject): boolean {
  return (attempt.stage === 'placed' || attempt.stage === 'authorized') && !isStopping(state);
}

interface Seen {
  readonly tenant: Versioned<TenantState>;
  readonly host: FleetHost;
  readonly advisories: AdvisoriesSeen;
}

/**
 * Position of the StartAuthorized that permits the start; null where it was refused. What the decision
 * looked at is what the append guards, so a change in between stops the start.
 */
async function authorize(parts: JobParts, subject: JobSubject): Promise<number | null> {
  const { follower, workloads, clock, logger } = parts;
  const { target, attempt } = subject;
  let seen: Seen | null = null;
  try {
    const outcome = await workloads.carryOut({
      ...target,
      command: async () => {
        if (seen !== null) await follower.catchUp();
        seen = look(parts, subject);
        const { trust, trustBoundary, suspension } = seen.tenant.state;
        const suspended = suspension !== null;
        const { computeSystemId } = attempt;
        const { kernelBrokenBy } = seen.advisories;
        const wall = { trust, trustBoundary, suspended, kernelBrokenBy };
        return { kind: 'authorize-start', computeSystemId, ...wall, nowMs: clock() };
      },
      alongside: () => ({ guards: guardsOf(seen) }),
    });
    if (outcome.accepted) return outcome.appended?.firstPosition ?? null;
    const { code } = outcome.rejection;
    const { tenantId: tenant, workloadId: workload } = target;
    logger.info({ tenant, workload, code }, 'start was not authorized');
    return null;
  } catch (error) {
    if (error instanceof NotStartable) return null;
    throw error;
  }
}

function look({ follower, clock }: JobParts, { attempt, target }: JobSubject): Seen {
  const { fleet, attempts, bootedAt } = follower;
  const host = hostOf(fleet, attempt.hostId);
  const placedAt = attempts.get(attempt.computeSystemId)?.placedPosition ?? 0;
  const ofThisBoot = placedAt > (bootedAt.get(attempt.hostId) ?? Number.POSITIVE_INFINITY);
  const isHeld = host.state.quarantine !== null;
  if (host.state.condition !== 'up' || isHeld || !ofThisBoot) throw new NotStartable();
  const advisories = seenAdvisories(fleet, host, attempt.isolation, clock());
  return { tenant: tenantOf(fleet, target.tenantId), host, advisories };
}

function guardsOf(seen: Seen | null) {
  if (seen === null || seen.tenant.state.tenantId === null) {
    throw new NotStartable('nothing may start for a tenant that is not known');
  }
  const { tenant, host, advisories } = seen;
  return [
    { stream: tenant.state.tenantId as `ten_${string}`, version: tenant.version },
    { stream: host.hostId, version: host.version },
    ...advisories.guards,
  ];
}

/** As the catalogue has them now, so that a host knows what it lacks. */
function layersOf({ follower }: JobParts, { state }: JobSubject): readonly ImageLayer[] {
  if (state.image === null) return [];
  return imageOf(follower.fleet, state.image.imageId).state.registered?.layers ?? [];
}

function specificationOf(
  state: WorkloadState,
  attempt: AttemptState,
  content: z.infer<typeof workloadContent>,
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
  };
}
