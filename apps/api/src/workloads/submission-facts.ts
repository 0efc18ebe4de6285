import {
  type HostShape,
  type ImageEvent,
  type ImageFacts,
  type ImageState,
  imageDecider,
  imageFacts,
  type Policy,
  type PolicyEvent,
  type PolicyState,
  policyDecider,
  type TenantEvent,
  type TenantId,
  type TenantQuota,
  type TenantState,
  tenantDecider,
} from '@bulkhead/domain';
import { type EventLog, type Guard, imageIdOf } from '@bulkhead/event-store';
import type { FleetShapes } from '../catalogue/fleet-shapes.js';
import { notFound, tenantSuspended, unavailable } from '../problems/problems.js';
import { StreamCache } from './stream-cache.js';

const TENANTS_KEPT_MAX = 10_000;
const IMAGES_KEPT_MAX = 10_000;

/** What a submission is decided from, and the guards that make a stale reading fail. */
export interface SubmissionFacts {
  readonly tenant: TenantState;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly image: ImageFacts;
  readonly hosts: readonly HostShape[];
  readonly guards: readonly Guard[];
}

/** Reads what a submission is decided from; usually from memory, so that it costs one round trip in all. */
export class SubmissionFactsReader {
  private readonly tenants: StreamCache<TenantState, TenantEvent>;
  private readonly policies: StreamCache<PolicyState, PolicyEvent>;
  private readonly images: StreamCache<ImageState, ImageEvent>;

  constructor(
    log: EventLog,
    private readonly fleet: FleetShapes,
  ) {
    this.tenants = new StreamCache(log, tenantDecider, TENANTS_KEPT_MAX);
    this.policies = new StreamCache(log, policyDecider, 1);
    this.images = new StreamCache(log, imageDecider, IMAGES_KEPT_MAX);
  }

  /** `fresh` after a version conflict: something that is remembered here has moved on. */
  async read(tenantId: TenantId, reference: string, fresh: boolean): Promise<SubmissionFacts> {
    const imageId = imageIdOf(reference);
    const [tenant, policy, image, hosts] = await Promise.all([
      this.readTenant(tenantId, fresh),
      this.policies.read(null, 'policy', fresh),
      this.images.read(null, imageId, fresh),
      this.fleet.recent(),
    ]);
    if (tenant.state.tenantId === null) throw notFound('tenant');
    if (tenant.state.suspension !== null) throw tenantSuspended();
    if (policy.state.policy === null) {
      throw unavailable('NO_POLICY', 'No policy was published yet.');
    }
    return {
      tenant: tenant.state,
      policy: policy.state.policy,
      policyVersion: policy.state.version,
      image: imageFacts(imageId, reference, image.state),
      hosts,
      guards: [
        { stream: tenantId, version: tenant.version },
        { stream: 'policy', version: policy.version },
        { stream: imageId, version: image.version },
      ],
    };
  }

  /** Nobody is refused over a suspension that was remembered here: it may be over, and no append would tell. */
  private async readTenant(tenantId: TenantId, fresh: boolean) {
    const read = await this.tenants.read(tenantId, tenantId, fresh);
    const doubtful = read.state.suspension !== null && !fresh;
    return doubtful ? this.tenants.read(tenantId, tenantId, true) : read;
  }

  /**
   * As the tenant's stream has it now; whoever decides from older facts is told so by the append.
   * @throws RequestProblem (403) where the tenant was suspended meanwhile: no later minute would help it
   */
  async freshQuota(tenantId: TenantId): Promise<TenantQuota> {
    const { state } = await this.tenants.read(tenantId, tenantId, true);
    if (state.suspension !== null) throw tenantSuspended();
    return state.quota;
  }

  /** The same facts with the fleet as it is now. */
  async withCurrentFleet(facts: SubmissionFacts): Promise<SubmissionFacts> {
    return { ...facts, hosts: await this.fleet.current() };
  }
}
