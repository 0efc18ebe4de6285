import { type Policy, policyVersion1, seededCatalogue, type TenantId } from '@bulkhead/domain';
import { generatedMix, type Mix, type PlannedHosts, type Scenario } from '@bulkhead/simulation';
import type { Settings } from './settings.js';

/** Server 2022 with the revision that the catalogue's images have. */
const OS_VERSIONS = [{ major: 10, minor: 0, build: 20348, revision: 2461 }] as const;
/** A host saves what has booted twice on it, and so many images and boundaries at most. */
const TEMPLATES = { afterBoots: 2, perHostMax: 8 } as const;
const MIB_PER_GIB = 1_024;
const MILLIS_PER_CPU = 1_000;

export function hostsOf({ hosts, hostCpus, hostMemoryGib }: Settings): PlannedHosts {
  return {
    count: hosts,
    cpuMillis: hostCpus * MILLIS_PER_CPU,
    memoryMiB: hostMemoryGib * MIB_PER_GIB,
    osVersions: OS_VERSIONS,
  };
}

/** What the settings make of a mix that was generated, or else of a job log. */
export function scenarioOf(settings: Settings, fromLog: Mix | null): Scenario {
  const hosts = hostsOf(settings);
  return {
    seed: settings.seed,
    hosts,
    ...(fromLog ?? generated(settings, hosts)),
    images: seededCatalogue,
    policyFor: (tenants) => policyOf(settings, tenants),
  };
}

function generated(settings: Settings, hosts: PlannedHosts): Mix {
  const { tenants, trusted, hostile, workloads, load, arrivals, runSeconds, images } = settings;
  const mix = {
    tenants,
    trustedPercent: trusted,
    hostilePercent: hostile,
    workloads,
    loadPercent: load,
    arrivals,
    runSeconds,
    images,
  };
  return generatedMix(mix, hosts, settings.seed);
}

/** The first policy of an installation, with what the settings change of it. */
function policyOf(
  { walls, patienceMs, cloning, warmPool }: Settings,
  tenants: readonly TenantId[],
): Policy {
  const floor = { floor: 'hyperv', trustedPublishers: [], allowedCapabilities: [] } as const;
  const walled = walls === 'hyperv' ? tenants : [];
  return {
    ...policyVersion1,
    kernelPatienceMs: patienceMs,
    ...(cloning === 'on' || warmPool > 0
      ? { templates: { ...TEMPLATES, warmCopies: warmPool } }
      : {}),
    tenantPolicies: Object.fromEntries(walled.map((tenant) => [tenant, floor])),
  };
}
