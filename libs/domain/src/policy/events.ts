import type { Event } from '../event.js';
import type { HostAccess } from '../isolation/decision.js';

/** What operators may choose; the rules themselves are code in `isolation/`. */
export interface Policy {
  /** Ids of isolation rules that have no say. Only rules that keep no promise can be off. */
  readonly rulesOff: readonly string[];
  /** Images of these publishers may run on a shared kernel. */
  readonly trustedPublishers: readonly string[];
  /** Users that never share a kernel, in any spelling of upper and lower case. */
  readonly elevatedUsers: readonly string[];
  /** Capabilities that never share a kernel; `CAP_` in front and upper or lower case make no difference. */
  readonly riskyCapabilities: readonly string[];
  /** By id of the tenant: what of the host it may ask for. Everything else is refused. */
  readonly hostAccessApprovals: Readonly<Record<string, readonly HostAccess[]>>;
  /** By id of the tenant: where policy is another one for it. */
  readonly tenantPolicies: Readonly<Record<string, TenantPolicy>>;
  /** Whose utility VMs may be clones of one template: clones share pages, which is a side channel. */
  readonly templateSharing: 'own-boundary' | 'trusted-boundaries';
  /** What hosts save so that utility VMs need not boot; left out, every one boots. */
  readonly templates?: TemplatePolicy | undefined;
  readonly advisories: {
    /** Whether what shares a kernel that an advisory breaks is moved; if not, only nothing new joins it. */
    readonly evictRunning: boolean;
  };
  /** In which order workloads wait for a place. */
  readonly waitingOrder: WaitingOrder;
  /** Whether urgent workloads displace others. */
  readonly preemption: PreemptionPolicy;
  /** How long a workload waits for a kernel of its boundary before it gets a utility VM. */
  readonly kernelPatienceMs: number;
  /**
   * How long a host must have been empty before it boots anew to free its kernel for a boundary that waits
   * for one, in ms; without it no host boots for that.
   */
  readonly rebootEmptyAfterMs?: number | undefined;
  /** What a utility VM costs its host on top of what the workload asked for. */
  readonly utilityVmReserve: { readonly cpuMillis: number; readonly memoryMiB: number };
  /** How many utility VMs one host may hold at once; null leaves it to their reserve. */
  readonly utilityVmsPerHostMax: number | null;
  /** Which revision of `isolation/compatibility.ts` decides what a host can run. */
  readonly compatibilityVersion: number;
}

export interface TemplatePolicy {
  /** How many utility VMs of one image and boundary must have booted on a host before one is saved there. */
  readonly afterBoots: number;
  readonly perHostMax: number;
  /** How many clones of each a host keeps started and empty, as far as nobody else needs the memory. */
  readonly warmCopies: number;
}

export interface TenantPolicy {
  /** The least that the tenant's workloads get; null leaves it to the rules. */
  readonly floor: 'hyperv' | null;
  /** Publishers that it may run on its shared kernels, beyond those trusted for everybody. */
  readonly trustedPublishers: readonly string[];
  /** Risky capabilities that it may have on a shared kernel all the same. */
  readonly allowedCapabilities: readonly string[];
}

export interface WaitingOrder {
  /**
   * What one step of priority is worth among a tenant's own workloads: whoever has waited so much longer
   * goes first in spite of it.
   */
  readonly priorityStepMs: number;
  /**
   * By id of the tenant: its part of a full fleet, compared with that of others. Everybody who is not
   * named has 1.
   */
  readonly tenantWeights: Readonly<Record<string, number>>;
}

export interface PreemptionPolicy {
  /**
   * From which priority on a waiting workload displaces attempts of lower priority of its own tenant, each
   * step's worth of waiting counted as one more; null for never.
   */
  readonly fromPriority: number | null;
  /** Whether it may displace those of tenants that hold more for their weight even then. */
  readonly otherTenants: boolean;
}

export type PolicyPublished = Event<'PolicyPublished', 4, { version: number; policy: Policy }>;
export type PolicyEvent = PolicyPublished;
