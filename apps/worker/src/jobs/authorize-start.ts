import {
  cloneFor,
  type DecidedClone,
  type FleetHost,
  holdingAttempt,
  hostOf,
  type TemplateId,
  type TenantState,
  tenantOf,
  type Versioned,
} from '@bulkhead/domain';
import { type AdvisoriesSeen, seenAdvisories } from './advisories-seen.js';
import type { JobParts, JobSubject } from './job-parts.js';

const notCloned: DecidedClone = { decision: null, guards: [] };

/** The host is away, in quarantine, or has booted since the placement: others see to the attempt then. */
export class NotStartable extends Error {
  override readonly name = 'NotStartable';
}

interface Seen {
  readonly tenant: Versioned<TenantState>;
  readonly host: FleetHost;
  readonly advisories: AdvisoriesSeen;
}

/** What the driver may be asked for now. */
export interface Authorized {
  /** Position of the StartAuthorized that permits the start. */
  readonly cause: number;
  readonly clonedFrom: TemplateId | null;
}

/**
 * What permits the start; null where it was refused. What the decision looked at is what the append guards,
 * so a change in between stops the start.
 */
export async function authorize(
  parts: JobParts,
  subject: JobSubject,
  mayClone: boolean,
): Promise<Authorized | null> {
  const { follower, workloads, clock, logger } = parts;
  const { target, attempt } = subject;
  const { tenantId, workloadId, metadata } = target;
  let seen: Seen | null = null;
  let clone: DecidedClone = notCloned;
  try {
    const outcome = await workloads.carryOut({
      tenantId,
      workloadId,
      metadata,
      command: async (state) => {
        if (seen !== null) await follower.catchUp();
        seen = look(parts, subject);
        const now = holdingAttempt(state) ?? attempt;
        clone = mayClone ? cloneFor(follower.fleet, state, now, clock()) : notCloned;
        const { trust, trustBoundary, suspension } = seen.tenant.state;
        const suspended = suspension !== null;
        const { computeSystemId } = attempt;
        const { kernelBrokenBy } = seen.advisories;
        const { decision } = clone;
        return {
          kind: 'authorize-start',
          computeSystemId,
          trust,
          trustBoundary,
          suspended,
          kernelBrokenBy,
          clone: decision,
          nowMs: clock(),
        };
      },
      alongside: () => ({ guards: [...guardsOf(seen), ...clone.guards] }),
    });
    if (outcome.accepted) {
      const cause = outcome.appended?.firstPosition ?? null;
      return cause === null ? null : { cause, clonedFrom: clone.decision?.templateId ?? null };
    }
    const { code } = outcome.rejection;
    logger.info({ tenant: tenantId, workload: workloadId, code }, 'start was not authorized');
    return null;
  } catch (error) {
    if (error instanceof NotStartable) return null;
    throw error;
  }
}

/**
 * The tenant, the host and the advisories as they are now.
 * @throws NotStartable where the host can start nothing, or has booted since the placement
 */
export function look({ follower, clock }: JobParts, { attempt, target }: JobSubject): Seen {
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
