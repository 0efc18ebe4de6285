import {
  hostShapes,
  prefixedId,
  type TenantId,
  tenantOf,
  type WorkloadId,
  type WorkloadRequest,
  workloadDecider,
} from '@bulkhead/domain';
import type { Arrival } from '../scenario.js';
import type { ReadyFleet } from './bring-up.js';
import type { FleetState } from './fleet-state.js';

/** What a start fails of by chance may not happen again. */
const RESTARTS = { maxAttempts: 3, backoffSeconds: 5 } as const;
/** Nobody has content to hide here. */
const NO_CONTENT = '0'.repeat(64);

/** Submits each arrival at its time, one timer at a time however many are to come. */
export class Submissions {
  #left: Iterator<Arrival>;
  readonly #startMs: number;
  submitted = 0;

  constructor(
    private readonly state: FleetState,
    private readonly ready: ReadyFleet,
    arrivals: Iterator<Arrival>,
  ) {
    this.#left = arrivals;
    this.#startMs = state.nowMs;
  }

  /** Waits for the next one, if there is any. */
  begin(): void {
    const next = this.#left.next();
    if (next.done === true) return;
    const arrival = next.value;
    const dueMs = this.#startMs + arrival.atMs;
    this.state.time.after(dueMs - this.state.nowMs, () => {
      this.#submit(arrival);
      this.begin();
    });
  }

  #submit(arrival: Arrival): void {
    const { state, ready } = this;
    const { fleet, nowMs } = state;
    const { policy, version: policyVersion } = fleet.policy.state;
    const tenantId = ready.tenants[arrival.tenant] as TenantId;
    if (policy === null) throw new Error('nothing can be submitted without a policy');
    const workloadId = prefixedId('wl', state.newUuid()) as WorkloadId;
    const { trust, trustBoundary } = tenantOf(fleet, tenantId).state;
    this.submitted += 1;
    state.record(
      workloadDecider,
      { stream: workloadId, owner: tenantId },
      {
        kind: 'submit-workload',
        workloadId,
        tenantId,
        batch: null,
        request: requestOf(arrival),
        image: ready.imageOf(arrival.image),
        trust,
        trustBoundary,
        policy,
        policyVersion,
        hosts: hostShapes(fleet),
        nowMs,
      },
    );
  }
}

function requestOf({ image, resources, isolation, durationMs }: Arrival): WorkloadRequest {
  return {
    image,
    resources,
    isolation,
    strict: false,
    user: null,
    capabilities: [],
    hostAccess: [],
    hostSelector: {},
    spread: 'preferred',
    restartPolicy: RESTARTS,
    timeoutSeconds: null,
    priority: 0,
    simulation: { durationMs, exitCode: 0, fault: null },
    contentSha256: NO_CONTENT,
  };
}
