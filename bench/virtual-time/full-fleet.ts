import { policyVersion1, seededCatalogue } from '@bulkhead/domain';
import { generatedMix, MIX_DEFAULTS, Simulation } from '@bulkhead/simulation';
import { rounded } from '../append/statistics.js';

const HOST = {
  cpuMillis: 32_000,
  memoryMiB: 65_536,
  osVersions: [{ major: 10, minor: 0, build: 20348, revision: 2461 }],
} as const;
const TENANTS = 200;
/** Percent of the fleet's memory: about 125,000 workloads run at a time on 10,000 hosts. */
const LOAD_PERCENT = 20;
const CALLS_PER_LOOK = 200_000;
const MIB = 2 ** 20;
/** Between two lines that tell how far it is. */
const TELL_EVERY_MS = 10_000;

/** What a fleet took to run to its end, and whether everything ended. */
export function fullFleet(hosts: number, workloads: number): Record<string, unknown> {
  const fleet = { count: hosts, ...HOST };
  const mix = generatedMix(
    { ...MIX_DEFAULTS, workloads, tenants: TENANTS, loadPercent: LOAD_PERCENT },
    fleet,
    1,
  );
  const policyFor = () => policyVersion1;
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const scenario = { seed: 1, hosts: fleet, ...mix, images: seededCatalogue, policyFor };
  const simulation = new Simulation(scenario);
  let peakRss = 0;
  let toldAt = startedAt;
  while (simulation.step(CALLS_PER_LOOK)) {
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
    if (performance.now() - toldAt < TELL_EVERY_MS) continue;
    toldAt = performance.now();
    console.error(`${simulation.ended} of ${workloads} workloads have ended`);
  }
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startedAt) / 1_000;
  const report = simulation.report();
  return {
    hosts,
    workloads,
    ended: workloads - report.unfinished,
    seconds: rounded(seconds),
    cpuSeconds: rounded((user + system) / 1e6),
    cpuMicrosecondsPerWorkload: Math.round((user + system) / workloads),
    peakRssMiB: Math.round(Math.max(peakRss, process.memoryUsage.rss()) / MIB),
    simulatedHours: rounded(report.simulatedMs / 3_600_000),
    events: report.events,
    eventHash: report.eventHash,
  };
}
