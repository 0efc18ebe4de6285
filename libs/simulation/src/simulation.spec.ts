import { type Policy, policyVersion1, type RecordedEvent, seededCatalogue } from '@bulkhead/domain';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { describe, expect, it } from 'vitest';
import { generatedMix, MIX_DEFAULTS, type MixSettings } from './mix/generated-mix.js';
import type { Scenario } from './scenario.js';
import { simulate } from './simulation.js';

const hosts = {
  count: 4,
  cpuMillis: 32_000,
  memoryMiB: 65_536,
  osVersions: [{ major: 10, minor: 0, build: 20348, revision: 2461 }],
};

function scenario(
  mix: Partial<MixSettings> = {},
  { seed = 1, policy = policyVersion1 }: { seed?: number; policy?: Policy } = {},
): Scenario {
  const settings = { ...MIX_DEFAULTS, workloads: 150, ...mix };
  const generated = generatedMix(settings, hosts, seed);
  return { seed, hosts, ...generated, images: seededCatalogue, policyFor: () => policy };
}

describe('a simulated fleet', () => {
  it('ends every workload, and counts each once', () => {
    const report = simulate(scenario());
    expect(report.unfinished).toBe(0);
    expect(Object.values(report.outcomes).reduce((sum, count) => sum + count, 0)).toBe(150);
    const { process = 0, hyperv = 0 } = report.isolations;
    expect(process + hyperv).toBe(150);
    expect(report.startMs.process?.count).toBe(process);
    expect(report.startMs.cold?.count).toBe(hyperv);
    expect(report.waitingMs?.count).toBe(150);
  });

  it('gives the same events for the same seed, and others for another', () => {
    const first = simulate(scenario());
    expect(simulate(scenario())).toEqual(first);
    expect(simulate(scenario({}, { seed: 2 })).eventHash).not.toBe(first.eventHash);
  });

  it('records what the log in memory would have recorded, with the same positions and versions', async () => {
    const events: RecordedEvent[] = [];
    simulate(scenario({ workloads: 50 }), (recorded) => events.push(recorded));
    let nowMs = 0;
    const twin = new InMemoryLog({ clock: () => nowMs, newEventId: () => 'any' });
    for (const { stream, tenant, version, event, metadata, recordedAtMs } of events) {
      nowMs = recordedAtMs;
      const append = { owner: tenant, stream, expectedVersion: version - 1, events: [event] };
      await twin.append({ streams: [append], metadata });
    }
    const recorded = await twin.readAll({ afterPosition: 0, limit: 5_000 });
    expect(recorded).toEqual(events.map((one) => ({ ...one, eventId: 'any' })));
  });

  it('puts every workload into a utility VM where policy says so for every tenant', () => {
    const floor = { floor: 'hyperv', trustedPublishers: [], allowedCapabilities: [] } as const;
    const walled = {
      ...scenario(),
      policyFor: (tenants: readonly string[]) => ({
        ...policyVersion1,
        tenantPolicies: Object.fromEntries(tenants.map((tenant) => [tenant, floor])),
      }),
    };
    const report = simulate(walled);
    expect(report.isolations).toEqual({ hyperv: 150 });
    expect(report.exposure).toMatchObject({
      tenantPairs: 0,
      mostTenantsOnKernel: 1,
      mostWorkloadsOnKernel: 1,
      pairHoursAcrossTenants: 0,
    });
  });

  it('clones utility VMs that boot again and again where policy says so, faster than they boot', () => {
    const templates = { afterBoots: 2, perHostMax: 8, warmCopies: 4 };
    const mix = {
      images: 'nanoserver',
      trustedPercent: 0,
      hostilePercent: 100,
      tenants: 2,
    } as const;
    const { startMs } = simulate(scenario(mix, { policy: { ...policyVersion1, templates } }));
    const { cold, cloned, claimed } = startMs;
    expect(cloned?.p50Ms).toBeLessThan(cold?.p50Ms ?? 0);
    expect(claimed?.p50Ms).toBeLessThan(cloned?.p50Ms ?? 0);
    const without = simulate(scenario(mix)).startMs;
    expect(without).toMatchObject({ cloned: null, claimed: null });
  });

  it('lets only trusted tenants of one boundary share a kernel with others', () => {
    const shared = simulate(scenario()).exposure;
    expect(shared.tenantPairs).toBeGreaterThan(0);
    const alone = simulate(scenario({ trustedPercent: 0 })).exposure;
    expect(alone).toMatchObject({ tenantPairs: 0, mostTenantsOnKernel: 1 });
    expect(alone.tenantPairsKeptApart).toBeGreaterThan(0);
  });

  it('tells how many still wait where a fleet can never take them', () => {
    const report = simulate(
      scenario(
        { trustedPercent: 0, hostilePercent: 0, images: 'nanoserver' },
        { policy: { ...policyVersion1, rulesOff: ['kernel-unavailable'] } },
      ),
    );
    expect(report.unfinished).toBeGreaterThan(0);
    expect(report.deferrals).toHaveProperty('kernel-busy');
  });
});
