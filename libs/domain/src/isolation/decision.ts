import type { BrokenWall } from '../advisory/events.js';
import type { AdvisoryId, ImageId, TenantId } from '../ids.js';
import type { Architecture, ImageBase, OperatingSystem, OsVersion } from '../image/events.js';
import type { TrustBoundary, TrustLevel } from '../tenant/events.js';

/** `process`: a server silo on the host's kernel. `hyperv`: inside a utility VM with its own kernel. */
export type Isolation = 'process' | 'hyperv';
/** What a submission may ask for; `default` lets policy choose. */
export type RequestedIsolation = Isolation | 'default';

/** What of the host itself a workload may ask for: a process outside of any container, a pipe, a device. */
export type HostAccess = 'host-process' | 'host-pipe' | 'device';

export type IsolationRuleId =
  | 'image-unrunnable'
  | 'host-access'
  | 'tenant-hostile'
  | 'tenant-floor'
  | 'requested'
  | 'never-lowered'
  | 'untrusted-publisher'
  | 'elevated'
  | 'foreign-os'
  | 'kernel-mismatch'
  | 'open-advisory'
  | 'kernel-unavailable';

/** A rule that fired, what it demands, and the sentence that tells why. */
export interface IsolationReason {
  readonly rule: IsolationRuleId;
  readonly effect: 'refuse' | 'hyperv';
  readonly because: string;
}

/** Something known to contradict the rules in the field, or to break another wall; it never changes the answer. */
export interface DecisionWarning {
  readonly code: 'image-newer-than-host' | 'client-host' | 'field-contradiction' | 'open-advisory';
  readonly because: string;
}

/** What the catalogue says of an image, or the documented default class of an unknown one. */
export interface ImageFacts {
  readonly imageId: ImageId;
  readonly reference: string;
  readonly known: boolean;
  readonly revoked: boolean;
  readonly os: OperatingSystem;
  readonly architecture: Architecture;
  readonly osVersion: OsVersion | null;
  readonly base: ImageBase;
  readonly publisher: string | null;
}

/** Everything that the decision looked at, so that it can be explained and made again. */
export interface DecisionInputs {
  /** Policy may know the tenant by name. Null where IsolationDecided is of version 1, which did not look at it. */
  readonly tenantId: TenantId | null;
  readonly trust: TrustLevel;
  readonly trustBoundary: TrustBoundary;
  readonly requested: RequestedIsolation;
  /** With a request for `process`: refuse it where it would have to be raised. */
  readonly strict: boolean;
  /** The user that it asks to run as; null is the image's own, of which the catalogue knows nothing. */
  readonly user: string | null;
  /** Privileges beyond those that every workload has. */
  readonly capabilities: readonly string[];
  readonly hostAccess: readonly HostAccess[];
  readonly image: ImageFacts;
  /** The isolation that earlier decisions of this workload have reached; a decision never goes below it. */
  readonly floor: Isolation | null;
  /** The host that the placement looked at; null at submission. */
  readonly hostVersion: OsVersion | null;
  /** Open advisories that break the shared kernel of that host's build; none at submission. */
  readonly openAdvisories: readonly AdvisoryId[];
  /** Open advisories that break another wall on hosts of that build: they are warned of. */
  readonly otherAdvisories: readonly {
    readonly advisoryId: AdvisoryId;
    readonly wall: Exclude<BrokenWall, 'shared-kernel'>;
  }[];
  /** True when the boundary has no kernel, none is free, and policy's patience has run out. */
  readonly kernelPatienceOver: boolean;
}

/**
 * What a refusal was decided from: with its reasons and the policy that it names, the same is decided again.
 * That no host could ever run it is the because of its reason `image-unrunnable`, unless its image was revoked.
 */
export interface RefusalGrounds {
  readonly inputs: DecisionInputs;
  /** What rules would have demanded that policy has switched off: nothing came of it. */
  readonly silenced: readonly IsolationReason[];
  readonly policyVersion: number;
  readonly compatibilityVersion: number;
}

export interface IsolationDecision {
  readonly isolation: Isolation;
  readonly trustBoundary: TrustBoundary;
  readonly reasons: readonly IsolationReason[];
  /** What rules would have demanded that policy has switched off: nothing came of it. */
  readonly silenced: readonly IsolationReason[];
  readonly warnings: readonly DecisionWarning[];
  readonly inputs: DecisionInputs;
  readonly policyVersion: number;
  readonly compatibilityVersion: number;
  /** What it could have been, and the rules that turned it down; no rule means that it was not needed. */
  readonly alternatives: readonly {
    readonly isolation: Isolation;
    readonly turnedDownBy: readonly IsolationRuleId[];
  }[];
}
