import { setTimeout as sleep } from 'node:timers/promises';
import type { Act, Scene } from './act.js';
import { actsOnNetworks } from './acts-on-networks.js';
import { actsOnProcesses } from './acts-on-processes.js';
import { actsOnRedis } from './acts-on-redis.js';
import { actsOnStores } from './acts-on-stores.js';
import type { ManyProcesses } from './many-processes.js';
import type { Program } from './program.js';

export const everyAct: readonly Act[] = [...actsOnProcesses, ...actsOnNetworks, ...actsOnStores];
export const everyActWithRedis: readonly Act[] = [...everyAct, ...actsOnRedis];

/** On average one begins every so often; several may go on at once. */
const ACT_EVERY_MS = 1_200;
/** How soon a process that ended, for whatever reason, is started again. */
const WATCH_EVERY_MS = 200;
const NR_MAX = 1_000_000;

export interface PlannedAct {
  readonly act: Act;
  readonly atMs: number;
  readonly lastsMs: number;
  readonly nr: number;
}

/** What happens when, as the chances decide. */
export function drawSchedule(
  chance: () => number,
  totalMs: number,
  acts: readonly Act[] = everyAct,
): PlannedAct[] {
  const count = Math.max(1, Math.round(totalMs / ACT_EVERY_MS));
  const weights = acts.reduce((sum, { weight }) => sum + weight, 0);
  const draw = (): Act => {
    let left = chance() * weights;
    for (const act of acts) {
      left -= act.weight;
      if (left < 0) return act;
    }
    return acts[0] as Act;
  };
  const planned = Array.from({ length: count }, () => {
    const act = draw();
    const { min, max } = act.lastsMs;
    const lastsMs = Math.round(min + chance() * (max - min));
    return {
      act,
      atMs: Math.round(chance() * totalMs),
      lastsMs,
      nr: Math.floor(chance() * NR_MAX),
    };
  });
  return planned.sort((a, b) => a.atMs - b.atMs);
}

export function tellSchedule(planned: readonly PlannedAct[]): string {
  return planned.map(({ act, atMs, lastsMs }) => `${atMs}+${lastsMs} ${act.name}`).join('; ');
}

/** Carries out the acts at their times, and keeps every process up that no act keeps down. */
export class Troubles {
  private readonly keptDown = new Set<Program>();
  private readonly over = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  constructor(private readonly all: ManyProcesses) {}

  async carryOut(planned: readonly PlannedAct[]): Promise<void> {
    const { all, keptDown } = this;
    const scene: Scene = { all, keptDown, pause: (lastsMs) => sleep(lastsMs) };
    this.watching = this.watch();
    const beganAtMs = performance.now();
    const running: Promise<void>[] = [];
    for (const { act, atMs, lastsMs, nr } of planned) {
      const waitMs = atMs - (performance.now() - beganAtMs);
      if (waitMs > 0) await sleep(waitMs);
      running.push(act.run(scene, lastsMs, nr));
    }
    await Promise.all(running);
  }

  /** Nothing goes wrong any more; processes are still kept up until the end. */
  async end(): Promise<void> {
    this.over.abort();
    await this.watching;
  }

  private async watch(): Promise<void> {
    while (!this.over.signal.aborted) {
      for (const program of this.all.programs) {
        if (!program.runs && !this.keptDown.has(program)) await program.begin();
      }
      await sleep(WATCH_EVERY_MS, undefined, { signal: this.over.signal }).catch(() => {});
    }
  }
}
