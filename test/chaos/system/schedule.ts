import { setTimeout as sleep } from 'node:timers/promises';
import type { Act, Scene, Server } from './act.js';
import { actsOnConsumers } from './acts-on-consumers.js';
import { actsOnNetworks } from './acts-on-networks.js';
import { actsOnProcesses } from './acts-on-processes.js';
import { actsOnQueueInPostgres } from './acts-on-queue-in-postgres.js';
import { actsOnRedis } from './acts-on-redis.js';
import { actsOnStores } from './acts-on-stores.js';
import type { Datastore } from './datastore.js';
import type { ManyProcesses } from './many-processes.js';
import type { Program } from './program.js';

const onEither: readonly Act[] = [
  ...actsOnProcesses,
  ...actsOnNetworks,
  ...actsOnStores,
  ...actsOnConsumers,
];

/** What can go wrong where the queues are there. */
export function actsWith(queues: Datastore): readonly Act[] {
  return [...onEither, ...(queues === 'Postgres' ? actsOnQueueInPostgres : actsOnRedis)];
}

/** On average one begins every so often; several may go on at once. */
const ACT_EVERY_MS = 1_200;
/** How soon a process that ended, for whatever reason, is started again. */
const WATCH_EVERY_MS = 200;
const UP_AGAIN_WITHIN_MS = 120_000;
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
  acts: readonly Act[],
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

/** Each act once and as short as it may be, for a roll call. */
export function eachOnce(chance: () => number, acts: readonly Act[]): PlannedAct[] {
  return acts.map((act) => {
    return { act, atMs: 0, lastsMs: act.lastsMs.min, nr: Math.floor(chance() * NR_MAX) };
  });
}

/** Carries out the acts at their times, and keeps every process up that no act keeps down. */
export class Troubles {
  /** By act, how often it happened. */
  readonly happened: Record<string, number> = {};
  /** Acts that could not be carried out as they should, in sentences. */
  readonly failed: string[] = [];
  /** The names of the acts that have begun and not ended. */
  readonly underWay: string[] = [];
  private readonly keptDown = new Set<Program>();
  private readonly away = new Set<Server>();
  private readonly over = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  constructor(
    private readonly all: ManyProcesses,
    private readonly crowd: Scene['crowd'],
  ) {}

  /** First those that are called up, one after the other, then the planned ones at their times. */
  async carryOut(calledUp: readonly PlannedAct[], planned: readonly PlannedAct[]): Promise<void> {
    const { all, keptDown, away, crowd } = this;
    const scene: Scene = { all, keptDown, away, crowd, pause: (lastsMs) => sleep(lastsMs) };
    this.watching = this.watch();
    await this.callUp(calledUp, scene);
    const beganAtMs = performance.now();
    const running: Promise<void>[] = [];
    for (const plan of planned) {
      const waitMs = plan.atMs - (performance.now() - beganAtMs);
      if (waitMs > 0) await sleep(waitMs);
      running.push(this.carryOutOne(plan, scene));
    }
    await Promise.all(running);
  }

  /** Each while every process runs and every api listens. */
  private async callUp(planned: readonly PlannedAct[], scene: Scene): Promise<void> {
    const { all } = this;
    for (const plan of planned) {
      const isWell = () =>
        all.programs.every(({ runs }) => runs) && all.apis.every(({ isUp }) => isUp);
      for (let waitedMs = 0; !isWell(); waitedMs += WATCH_EVERY_MS) {
        if (waitedMs > UP_AGAIN_WITHIN_MS) throw new Error('a process does not come up again');
        await sleep(WATCH_EVERY_MS);
      }
      await this.carryOutOne(plan, scene);
    }
  }

  private async carryOutOne({ act, lastsMs, nr }: PlannedAct, scene: Scene): Promise<void> {
    this.underWay.push(act.name);
    try {
      if (!(await act.run(scene, lastsMs, nr))) return;
      this.happened[act.name] = (this.happened[act.name] ?? 0) + 1;
    } catch (error) {
      this.failed.push(`"${act.name}" could not be carried out: ${(error as Error).message}`);
    } finally {
      this.underWay.splice(this.underWay.indexOf(act.name), 1);
    }
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
