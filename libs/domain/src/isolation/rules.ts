import { askedRiskyCapabilities, isElevatedUser, policyFor } from '../policy/lookups.js';
import { canRunInSilo, canRunInUtilityVm } from './compatibility.js';
import type { IsolationRule } from './rule.js';

/**
 * The rules, in the order in which reasons are shown. Each is evaluated, whatever the others say. Any rule
 * that refuses wins, then any that asks for `hyperv`; where none fires, a silo on a shared kernel will do.
 * No rule ever asks for a silo, so the order decides nothing.
 */
export const isolationRules: readonly IsolationRule[] = [
  // What refuses.
  {
    id: 'image-unrunnable',
    text: 'A workload whose image was revoked, or which no host could ever run in an allowed isolation, is refused.',
    reads: ['image', 'fleet'],
    effect: 'refuse',
    promise: 3,
    fires: ({ inputs, unrunnableBecause }) =>
      inputs.image.revoked ? `image ${inputs.image.reference} was revoked` : unrunnableBecause,
  },
  {
    id: 'host-access',
    text: 'Host processes, host pipes and devices are refused unless policy approves them for the tenant, and to a hostile tenant always.',
    reads: ['hostAccess', 'trust', 'tenantId', 'policy'],
    effect: 'refuse',
    promise: 1,
    fires: ({ inputs: { tenantId, trust, hostAccess }, policy }) => {
      if (hostAccess.length === 0) return null;
      if (trust === 'hostile') return `a hostile tenant is given no ${hostAccess.join(', ')}`;
      const { approvedHostAccess } = policyFor(policy, tenantId);
      const refused = hostAccess.filter((kind) => !approvedHostAccess.includes(kind));
      return refused.length === 0
        ? null
        : `policy does not approve ${refused.join(', ')} for this tenant`;
    },
  },
  // What asks for a utility VM because of the tenant, the request or the image, wherever it will run.
  {
    id: 'tenant-hostile',
    text: 'A hostile tenant never shares a kernel.',
    reads: ['trust'],
    effect: 'hyperv',
    promise: 1,
    fires: ({ inputs }) => (inputs.trust === 'hostile' ? 'the tenant is hostile' : null),
  },
  {
    id: 'tenant-floor',
    text: 'A tenant for which policy sets the floor at a utility VM never shares a kernel.',
    reads: ['tenantId', 'policy'],
    effect: 'hyperv',
    promise: null,
    fires: ({ inputs, policy }) =>
      policyFor(policy, inputs.tenantId).floor === 'hyperv'
        ? 'policy gives this tenant nothing less than a utility VM'
        : null,
  },
  {
    id: 'requested',
    text: 'A request for its own utility VM is granted.',
    reads: ['requested'],
    effect: 'hyperv',
    promise: 3,
    fires: ({ inputs }) =>
      inputs.requested === 'hyperv' ? 'the submission asked for a utility VM' : null,
  },
  {
    id: 'never-lowered',
    text: 'What an earlier decision of the workload raised to a utility VM stays raised.',
    reads: ['floor'],
    effect: 'hyperv',
    promise: 3,
    fires: ({ inputs }) =>
      inputs.floor === 'hyperv' ? 'an earlier decision gave this workload a utility VM' : null,
  },
  {
    id: 'untrusted-publisher',
    text: 'An unknown image, or one whose publisher policy does not trust, never shares a kernel.',
    reads: ['image', 'tenantId', 'policy'],
    effect: 'hyperv',
    promise: null,
    fires: ({ inputs: { image, tenantId }, policy }) => {
      if (!image.known) return `image ${image.reference} is not in the catalogue`;
      const { publisher } = image;
      const trusted =
        publisher !== null &&
        (policy.trustedPublishers.includes(publisher) ||
          policyFor(policy, tenantId).trustedPublishers.includes(publisher));
      if (trusted) return null;
      return publisher === null
        ? `image ${image.reference} names no publisher`
        : `publisher ${publisher} is not trusted by policy`;
    },
  },
  {
    id: 'elevated',
    text: 'A user that policy calls elevated, or a capability that it calls risky and does not allow the tenant, never shares a kernel.',
    reads: ['user', 'capabilities', 'tenantId', 'policy'],
    effect: 'hyperv',
    promise: null,
    fires: ({ inputs: { user, capabilities, tenantId }, policy }) => {
      if (isElevatedUser(policy, user)) return `policy calls the user ${user} elevated`;
      const risky = askedRiskyCapabilities(policy, tenantId, capabilities);
      return risky.length === 0 ? null : `policy calls ${risky.join(', ')} risky`;
    },
  },
  {
    id: 'foreign-os',
    text: 'A Linux image cannot share a Windows kernel: it runs in a Linux utility VM.',
    reads: ['image'],
    effect: 'hyperv',
    promise: 3,
    fires: ({ inputs: { image } }) =>
      image.os === 'windows' ? null : `a ${image.os} image cannot run on a Windows kernel`,
  },
  // What asks for one because of the host, or of the wait for one: not known before the placement.
  {
    id: 'kernel-mismatch',
    text: "Where the host's build cannot run the image in a silo, it runs in a utility VM.",
    reads: ['image', 'hostVersion', 'compatibility'],
    effect: 'hyperv',
    promise: 3,
    // A host that could not run it in a utility VM either is no candidate: the placement passes it over.
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
    id: 'open-advisory',
    text: "Where an open advisory breaks the shared kernel of the host's build, nothing new shares it.",
    reads: ['openAdvisories', 'hostVersion'],
    effect: 'hyperv',
    promise: null,
    fires: ({ inputs: { openAdvisories, hostVersion } }) =>
      openAdvisories.length === 0 || hostVersion === null
        ? null
        : `an open advisory breaks the shared kernel of build ${hostVersion.build}.${hostVersion.revision}`,
  },
  {
    id: 'kernel-unavailable',
    text: 'A workload that waited longer than policy allows for a kernel of its boundary gets a utility VM.',
    reads: ['kernelPatienceOver'],
    effect: 'hyperv',
    promise: null,
    fires: ({ inputs }) =>
      inputs.kernelPatienceOver
        ? "no kernel of the trust boundary exists, none is free, and policy's patience is over"
        : null,
  },
];
