import {
  type DecisionInputs,
  type HostId,
  type HostSpec,
  type ImageFacts,
  type ImageId,
  type OsVersion,
  type Policy,
  policyVersion1,
  prefixedId,
  type RefusalGrounds,
  type TenantId,
  type WorkloadRequest,
} from '@bulkhead/domain';

/** `idOf('wl', 7)` is a well-formed id whose digits end with 7. */
export function idOf<P extends Parameters<typeof prefixedId>[0]>(prefix: P, number: number) {
  return prefixedId(prefix, number.toString(16).padStart(32, '0'));
}

/** `windows(20348)` or `windows(14393, 1914)`. */
export function windows(build: number, revision = 1): OsVersion {
  return { major: 10, minor: 0, build, revision };
}

export const NOW_MS = 1_800_000_000_000;

/** A known Windows image of a publisher that policy trusts. */
export function image(changes: Partial<ImageFacts> = {}): ImageFacts {
  return {
    imageId: idOf('img', 1) as ImageId,
    reference: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
    known: true,
    revoked: false,
    os: 'windows',
    architecture: 'amd64',
    osVersion: windows(20348),
    base: 'nanoserver',
    publisher: 'microsoft',
    ...changes,
  };
}

export const linuxImage = image({
  imageId: idOf('img', 2) as ImageId,
  reference: 'docker.io/library/debian:12-slim',
  os: 'linux',
  osVersion: null,
  base: 'linux',
  publisher: 'microsoft',
});

export const unknownImage = image({
  imageId: idOf('img', 3) as ImageId,
  reference: 'example.org/mystery:1',
  known: false,
  osVersion: windows(14393, 0),
  publisher: null,
});

export function request(changes: Partial<WorkloadRequest> = {}): WorkloadRequest {
  return {
    image: image().reference,
    resources: { cpuMillis: 1_000, memoryMiB: 1_024 },
    isolation: 'default',
    strict: false,
    user: null,
    capabilities: [],
    hostAccess: [],
    hostSelector: {},
    spread: 'preferred',
    restartPolicy: { maxAttempts: 1, backoffSeconds: 0 },
    timeoutSeconds: null,
    priority: 0,
    simulation: null,
    contentSha256: '0'.repeat(64),
    ...changes,
  };
}

export function hostSpec(number: number, changes: Partial<HostSpec> = {}): HostSpec {
  return {
    hostId: idOf('host', number) as HostId,
    name: `host-${number}`,
    driver: 'simulated-host',
    os: 'windows',
    osVersion: windows(20348),
    architecture: 'amd64',
    cpuMillis: 8_000,
    memoryMiB: 16_384,
    hypervPresent: true,
    labels: {},
    simulation: null,
    ...changes,
  };
}

export const policy: Policy = policyVersion1;

/** What a refusal of a standard tenant's plain request was decided from. */
export function refusalGrounds(changes: Partial<DecisionInputs> = {}): RefusalGrounds {
  const versions = { policyVersion: 1, compatibilityVersion: 1 };
  return { inputs: decisionInputs(changes), silenced: [], ...versions };
}

/** What a decision looks at for a standard tenant that asks for nothing special. */
export function decisionInputs(changes: Partial<DecisionInputs> = {}): DecisionInputs {
  const tenantId = idOf('ten', 1) as TenantId;
  return {
    tenantId,
    trust: 'standard',
    trustBoundary: `own:${tenantId}`,
    requested: 'default',
    strict: false,
    user: null,
    capabilities: [],
    hostAccess: [],
    image: image(),
    floor: null,
    hostVersion: null,
    openAdvisories: [],
    otherAdvisories: [],
    kernelPatienceOver: false,
    ...changes,
  };
}
