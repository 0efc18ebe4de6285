import { type ProcessFacts, processTree } from './process-tree.js';

/** What one part of the system used. */
export interface ProcessTimes {
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
}

const SAMPLE_MS = 500;
/** The first one whose pattern is in a command names the process. */
const PARTS = [
  ['api', /apps\/api\/src\/main/],
  ['worker', /apps\/worker\/src\/main/],
  ['simulated-host', /apps\/simulated-host\/src\/main/],
  ['launcher', /apps\/launcher\/src\/main/],
  ['cli', /apps\/cli\/src\/main/],
  ['postgres', /postgres/],
] as const;

/**
 * Watches processes until they are counted. A server's backends are part of it: they are summed while
 * they live, and come back as time of the server's children when they have ended.
 */
export class ProcessWatch {
  private readonly latest = new Map<number, ProcessFacts>();
  private readonly before = new Map<number, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly rootPids: readonly number[]) {
    this.sample();
    for (const { pid, cpuSeconds } of this.latest.values()) this.before.set(pid, cpuSeconds);
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
  }

  /** Used since the watch began, by part of the system. */
  finish(): Readonly<Record<string, ProcessTimes>> {
    clearInterval(this.timer);
    this.sample();
    const alive = new Set(this.rootPids.flatMap((pid) => processTree(pid).map((p) => p.pid)));
    const times: Record<string, ProcessTimes> = {};
    for (const facts of this.latest.values()) {
      const part = partOf(facts);
      const isEndedBackend = part === 'postgres' && !alive.has(facts.pid);
      if (part === null || isEndedBackend) continue;
      const { cpuSeconds, peakRssMiB } = times[part] ?? { cpuSeconds: 0, peakRssMiB: 0 };
      const used = facts.cpuSeconds - (this.before.get(facts.pid) ?? 0);
      times[part] = {
        cpuSeconds: Math.round((cpuSeconds + used) * 100) / 100,
        peakRssMiB: Math.max(peakRssMiB, facts.peakRssMiB),
      };
    }
    return times;
  }

  private sample(): void {
    for (const root of this.rootPids) {
      for (const facts of processTree(root)) this.latest.set(facts.pid, facts);
    }
  }
}

function partOf({ command }: ProcessFacts): string | null {
  return PARTS.find(([, pattern]) => pattern.test(command))?.[0] ?? null;
}
