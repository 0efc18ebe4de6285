import { checkLog } from '@bulkhead/checker';
import { policyVersion1, type RecordedEvent, seededCatalogue } from '@bulkhead/domain';
import { generatedMix, MIX_DEFAULTS, simulate } from '@bulkhead/simulation';
import { describe, expect, it } from 'vitest';

const SEEDS = [1, 2, 3];
const SHARING = ['own-boundary', 'trusted-boundaries'] as const;

describe('the log of a simulated fleet', () => {
  it.each(SEEDS)('keeps every promise that the checker proves, seed %i', async (seed) => {
    const hosts = {
      count: 3,
      cpuMillis: 16_000,
      memoryMiB: 32_768,
      osVersions: [
        { major: 10, minor: 0, build: 20348, revision: 2461 },
        { major: 10, minor: 0, build: 26100, revision: 1742 },
      ],
    };
    const mix = generatedMix({ ...MIX_DEFAULTS, workloads: 150, loadPercent: 70 }, hosts, seed);
    const templates = { afterBoots: 2, perHostMax: 4, warmCopies: seed % 3 };
    const policy = {
      ...policyVersion1,
      templates,
      templateSharing: SHARING[seed % 2] ?? 'own-boundary',
    };
    const events: RecordedEvent[] = [];
    simulate(
      { seed, hosts, ...mix, images: seededCatalogue, policyFor: () => policy },
      (recorded) => events.push(recorded),
    );
    const report = await checkLog({ events, options: { mustBeFinished: true } });
    expect(report.violations).toEqual([]);
    expect(report.events).toBe(events.length);
    expect(events.some(({ event }) => event.type === 'TemplateSaved')).toBe(true);
  });
});
