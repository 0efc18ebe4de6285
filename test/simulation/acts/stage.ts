import type {
  AdvisoryId,
  BatchId,
  HostId,
  IncidentId,
  ScheduleId,
  StreamId,
  TenantId,
  WorkloadId,
} from '@bulkhead/domain';
import type { IdempotentRequest } from '../../../apps/api/src/idempotency/idempotency.js';
import type { Handlers } from '../world/api-life.js';
import type { Outcome } from '../world/people.js';
import type { World } from '../world/world.js';

export interface Owned<I> {
  readonly tenantId: TenantId;
  readonly id: I;
}

/** A world under way, with what those who act in it have to remember. */
export class Stage {
  readonly tenants: TenantId[] = [];
  readonly hosts: HostId[] = [];
  readonly workloads: Owned<WorkloadId>[] = [];
  readonly batches: Owned<BatchId>[] = [];
  readonly schedules: Owned<ScheduleId>[] = [];
  readonly advisories: AdvisoryId[] = [];
  readonly incidents: IncidentId[] = [];
  /** The host that can run everything, which nobody retires. */
  keptHost: HostId | null = null;
  /** What the api has said yes to, by the stream that must hold it ever after. */
  readonly answered = new Set<StreamId>();

  /** Hosts whose plug was pulled for a fence that is not answered yet: nobody may put it back. */
  readonly unplugged = new Set<HostId>();

  constructor(readonly world: World) {}

  powerOn(hostId: HostId): void {
    const { parts } = this.world;
    if (this.unplugged.has(hostId) || parts.rack.isOn(hostId)) return;
    parts.tell(() => `${hostId} has power`);
    parts.rack.powerOn(hostId);
  }

  /** Does it in the background, and notes what was answered. */
  ask<T>(
    what: string,
    request: (handlers: Handlers) => Promise<T>,
    then: (answer: T) => void = () => {},
    isPatient = false,
  ): Promise<Outcome<T>> {
    const { people, parts } = this.world;
    parts.tell(() => `somebody asks: ${what}`);
    const asking = people.ask(request, isPatient);
    void asking.then((outcome) => {
      parts.tell(() => `${what}: ${told(outcome)}`);
      if ('answer' in outcome) then(outcome.answer);
    });
    return asking;
  }

  /** For a request of a tenant that makes something: whom, and under which key. */
  asTenant(tenantId: TenantId, route: string) {
    const caller = this.world.people.tenant(tenantId);
    return { caller, idempotency: this.world.people.idempotency(caller, route) };
  }

  asOperator(route: string) {
    const caller = this.world.people.operator();
    const idempotency: IdempotentRequest = this.world.people.idempotency(caller, route);
    return { caller, idempotency };
  }
}

/** The one of these that a number points at; null where there is none. */
export function pointed<T>(list: readonly T[], number: number): T | null {
  return list[number % Math.max(1, list.length)] ?? null;
}

function told(outcome: Outcome<unknown>): string {
  if ('refused' in outcome) return `refused (${outcome.refused.message})`;
  return 'answer' in outcome ? 'answered' : 'nobody knows what came of it';
}
