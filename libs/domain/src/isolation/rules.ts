import type { Policy } from '../policy/events.js';
import { type CompatibilityTable, canRunInSilo, canRunInUtilityVm } from './compatibility.js';
import type { DecisionInputs, IsolationReason, IsolationRuleId } from './decision.js';

/** What the fleet has to say at the moment of the decision. */
export interface FleetOutlook {
  /**
   * Set where no host that is not retired could ever run this workload in an isolation that its floor
   * allows, and why. Null where one could, and for an empty fleet, which waits instead.
   */
  readonly unrunnableBecause: string | null;
  /** True when the boundary has no kernel, none is free, and policy's patience has run out. */
  readonly kernelPatienceOver: boolean;
}

export interface RuleContext {
  readonly inputs: DecisionInputs;
  readonly policy: Policy;
  readonly compatibility: CompatibilityTable;
  readonly outlook: FleetOutlook;
}

export interface IsolationRule {
  readonly id: IsolationRuleId;
  /** One sentence for tenants and auditors. */
  readonly text: string;
  readonly effect: IsolationReason['effect'];
  /** The reason when it fires, null when it does not. */
  readonly fires: (context: RuleContext) => string | null;
}

/** In the order in which reasons are shown. All of them are evaluated; none hides another. */
export const isolationRules: readonly IsolationRule[] = [
  {
    id: 'image-unrunnable',
    text: 'An image that no host could ever run in an allowed isolation is refused.',
    effect: 'refuse',
    fires: ({ inputs, outlook }) =>
      inputs.image.revoked
        ? `image ${inputs.image.reference} was revoked`
        : outlook.unrunnableBecause,
  },
  {
    id: 'tenant-hostile',
    text: 'A hostile tenant never shares a kernel.',
    effect: 'hyperv',
    fires: ({ inputs }) => (inputs.trust === 'hostile' ? 'the tenant is hostile' : null),
  },
  {
    id: 'requested',
    text: 'A request for its own utility VM is granted.',
    effect: 'hyperv',
    fires: ({ inputs }) =>
      inputs.requested === 'hyperv' ? 'the submission asked for a utility VM' : null,
  },
  {
    id: 'never-lowered',
    text: 'What an earlier decision of the workload raised to a utility VM stays raised.',
    effect: 'hyperv',
    fires: ({ inputs }) =>
      inputs.floor === 'hyperv' ? 'an earlier decision gave this workload a utility VM' : null,
  },
  {
    id: 'untrusted-publisher',
    text: 'An unknown image, or one whose publisher policy does not trust, never shares a kernel.',
    effect: 'hyperv',
    fires: ({ inputs: { image }, policy }) => {
      if (!image.known) return `image ${image.reference} is not in the catalogue`;
      const trusted =
        image.publisher !== null && policy.trustedPublishers.includes(image.publisher);
      return trusted ? null : `publisher ${image.publisher} is not trusted by policy`;
    },
  },
  {
    id: 'foreign-os',
    text: 'A Linux image on a Windows host runs in a Linux utility VM.',
    effect: 'hyperv',
    fires: ({ inputs: { image } }) =>
      image.os === 'windows' ? null : `a ${image.os} image cannot run on a Windows kernel`,
  },
  {
    id: 'kernel-mismatch',
    text: "Where the host's build cannot run the image in a silo, it runs in a utility VM.",
    effect: 'hyperv',
    fires: ({ inputs: { image, hostVersion }, compatibility }) => {
      if (hostVersion === null || image.os !== 'windows') return null;
      if (canRunInSilo(hostVersion, image, compatibility)) return null;
      const build = image.osVersion?.build ?? 'unknown';
      return canRunInUtilityVm(hostVersion, image)
        ? `a kernel of build ${hostVersion.build} cannot run an image of build ${build} in a silo`
        : `a host of build ${hostVersion.build} cannot run an image of build ${build} at all`;
    },
  },
  {
    id: 'kernel-unavailable',
    text: 'A workload that waited longer than policy allows for a kernel of its boundary gets a utility VM.',
    effect: 'hyperv',
    fires: ({ outlook }) =>
      outlook.kernelPatienceOver
        ? "no kernel of the trust boundary exists, none is free, and policy's patience is over"
        : null,
  },
];
