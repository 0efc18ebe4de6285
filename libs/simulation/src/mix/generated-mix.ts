import type { RandomSource } from '@bulkhead/domain';
import { normalFrom, randomFrom } from '@bulkhead/hypervisor/simulated';
import type { Arrival, PlannedHosts, PlannedTenant } from '../scenario.js';
import { Weighted } from './choices.js';
import { BURST, IMAGES, type MixSettings, RUN_SIGMA, SIZES } from './mix-settings.js';

export { MIX_DEFAULTS, type MixSettings } from './mix-settings.js';

/** Tenants and their workloads, drawn from a seed. */
export interface Mix {
  readonly tenants: readonly PlannedTenant[];
  readonly workloads: number;
  readonly arrivals: () => Iterator<Arrival>;
}

/**
 * The trusted come first, then the hostile, then everybody else; each submits as much as chance gives it.
 * @throws RangeError where trusted and hostile would be more than all
 */
export function generatedMix(settings: MixSettings, hosts: PlannedHosts, seed: number): Mix {
  const tenants = tenantsOf(settings);
  return {
    tenants,
    workloads: settings.workloads,
    arrivals: () => arrivalsOf(settings, hosts, tenants.length, randomFrom(`mix/${seed}`)),
  };
}

function tenantsOf({ tenants, trustedPercent, hostilePercent }: MixSettings): PlannedTenant[] {
  const percent = trustedPercent + hostilePercent;
  if (percent > 100) {
    throw new RangeError(
      `${trustedPercent} percent trusted and ${hostilePercent} percent hostile tenants come to ${percent} percent`,
    );
  }
  const trusted = Math.round((tenants * trustedPercent) / 100);
  // Two halves of a tenant are rounded up once.
  const hostile = Math.min(tenants - trusted, Math.round((tenants * hostilePercent) / 100));
  return Array.from({ length: tenants }, (_, at) => {
    const name = `tenant-${at + 1}`;
    if (at < trusted) return { name, trust: 'trusted', boundaryGroup: 'platform' };
    return { name, trust: at < trusted + hostile ? 'hostile' : 'standard', boundaryGroup: null };
  });
}

function* arrivalsOf(
  settings: MixSettings,
  hosts: PlannedHosts,
  tenants: number,
  random: RandomSource,
): Generator<Arrival> {
  const { workloads, runSeconds, arrivals, images } = settings;
  const sizes = new Weighted(SIZES);
  const references = new Weighted(IMAGES[images]);
  // Few submit much and many submit little: the weights are those of a harmonic series.
  const submitters = new Weighted(
    shuffled(tenants, random).map((tenant, at) => [tenant, 1 / (at + 1)] as const),
  );
  const together = arrivals === 'bursty' ? BURST : 1;
  const everyMs =
    meanGapMs(
      settings,
      hosts,
      sizes.mean(({ memoryMiB }) => memoryMiB),
    ) * together;
  let atMs = 0;
  for (let number = 0; number < workloads; number++) {
    if (number % together === 0) atMs += -Math.log(1 - random()) * everyMs;
    yield {
      atMs: Math.round(atMs),
      tenant: submitters.pick(random),
      image: references.pick(random),
      isolation: 'default',
      resources: sizes.pick(random),
      durationMs: Math.max(
        1,
        Math.round(runSeconds * 1_000 * Math.exp(RUN_SIGMA * normalFrom(random))),
      ),
    };
  }
}

/** What is on a fleet is what comes in a time, times how long it stays (Little's law). */
function meanGapMs(settings: MixSettings, hosts: PlannedHosts, meanMemoryMiB: number): number {
  const { runSeconds, loadPercent } = settings;
  const meanRunMs = runSeconds * 1_000 * Math.exp(RUN_SIGMA ** 2 / 2);
  const atOnce = (hosts.count * hosts.memoryMiB * loadPercent) / 100 / meanMemoryMiB;
  return meanRunMs / atOnce;
}

/** Who submits how much has nothing to do with how far it is trusted. */
function shuffled(count: number, random: RandomSource): number[] {
  const order = Array.from({ length: count }, (_, at) => at);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  return order;
}
