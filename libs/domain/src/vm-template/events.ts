import type { Event, TimeMs } from '../event.js';
import type { HostId, KernelInstanceId, TemplateId } from '../ids.js';
import type { OsVersion } from '../image/events.js';
import type { ImageFacts } from '../isolation/decision.js';
import type { TrustBoundary } from '../tenant/events.js';

/**
 * Whose utility VMs may be clones of a template: those of the one boundary that it was saved for, or those
 * of every trusted tenant. Clones share their template's pages, which is a side channel.
 */
export type TemplateSharing = 'own-boundary' | 'trusted-boundaries';

/** What a template is, all of it known before its utility VM boots. */
export interface TemplateFacts {
  readonly templateId: TemplateId;
  readonly hostId: HostId;
  /** The boot of the host whose platform's pages it holds, and with which it ends. */
  readonly bootId: string;
  /** The version of the hypervisor that it was saved under. */
  readonly hostVersion: OsVersion;
  /** The kernel that boots to be saved. No attempt was or ever is placed on it. */
  readonly kernelInstanceId: KernelInstanceId;
  /** Its base layer holds the guest's kernel, of the image's version. */
  readonly image: ImageFacts;
  /** Digest of the image's manifest; null where the catalogue was never told. */
  readonly manifestDigest: string | null;
  readonly sharing: TemplateSharing;
  /** The boundary whose boots showed that it is worth it; with `own-boundary` the only one that it is for. */
  readonly trustBoundary: TrustBoundary;
  /** How many clones the host keeps started and empty. */
  readonly warmCopies: number;
}

/** The intent, before anything boots: `boots` utility VMs of that image and boundary had booted there. */
export type TemplateRequested = Event<
  'TemplateRequested',
  1,
  { template: TemplateFacts; boots: number; policyVersion: number }
>;
/** From here on utility VMs may be cloned from it. `savedAtMs` is what its host says. */
export type TemplateSaved = Event<
  'TemplateSaved',
  1,
  { template: TemplateFacts; savedAtMs: TimeMs }
>;
/**
 * Why nothing is cloned from it any more. `given-up`: the host does not have it, for want of memory or
 * because its lease had ended.
 */
export type TemplateRetirement =
  | 'image-revoked'
  | 'host-booted'
  | 'open-advisory'
  | 'policy-changed'
  | 'trust-changed'
  | 'given-up';
export type TemplateRetired = Event<
  'TemplateRetired',
  1,
  { templateId: TemplateId; hostId: HostId; cause: TemplateRetirement; detail: string }
>;

export type TemplateEvent = TemplateRequested | TemplateSaved | TemplateRetired;

/**
 * How a utility VM that did not boot came to be, as its host says. Identity and random seed are its own:
 * clones of one snapshot that kept them would draw the same keys.
 */
export interface CloneOrigin {
  readonly templateId: TemplateId;
  /** Which of the template's ready copies was claimed; null where it was cloned for this very start. */
  readonly warmCopy: number | null;
  /** The engine's name for this running VM. */
  readonly runtimeId: string;
  /** A digest of the random seed that it was given. */
  readonly seedFingerprint: string;
}
